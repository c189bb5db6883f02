// install.mjs FOLDER: installs the package under test and the probe once, for all servers that are started with E2E_EXTENSIONS=FOLDER.
import { install } from './lib.mjs';

await install(process.argv[2]);
