// Activated after all contributions are registered: appends one line per window to the file E2E_READY names.
exports.activate = () => {
  if (process.env.E2E_READY) require('node:fs').appendFileSync(process.env.E2E_READY, `${process.pid}\n`);
};
