// Which platform a program was built for, read from its first bytes, so that a package for another platform is
// recognised before it fails with a puzzling error.

/** Target is a platform in Node's words; undefined where a script or a universal binary fits any. */
export interface Target {
  os: 'linux' | 'darwin' | 'win32' | undefined;
  arch: 'x64' | 'arm64' | undefined;
}

/** How much of a file target needs. */
export const headBytes = 4096;

/** target is what a program was built for; undefined if it is no program. */
export function target(head: Uint8Array): Target | undefined {
  const v = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (v.byteLength >= 2 && v.getUint16(0) === 0x2321) return { os: undefined, arch: undefined }; // #!
  if (v.byteLength < 20) return undefined;
  switch (v.getUint32(0)) {
    case 0x7f454c46: { // ELF; e_machine at 18
      const m = v.getUint16(18, v.getUint8(5) === 1);
      return { os: 'linux', arch: m === 0x3e ? 'x64' : m === 0xb7 ? 'arm64' : undefined };
    }
    case 0xcffaedfe: { // Mach-O 64, little endian; cputype at 4
      const c = v.getUint32(4, true);
      return { os: 'darwin', arch: c === 0x01000007 ? 'x64' : c === 0x0100000c ? 'arm64' : undefined };
    }
    case 0xcafebabe: // Mach-O universal
      return { os: 'darwin', arch: undefined };
  }
  if (v.getUint16(0) === 0x4d5a && v.byteLength >= 0x40) { // MZ; PE header at e_lfanew, machine behind its signature
    const pe = v.getUint32(0x3c, true);
    const m = pe + 6 <= v.byteLength ? v.getUint16(pe + 4, true) : 0;
    return { os: 'win32', arch: m === 0x8664 ? 'x64' : m === 0xaa64 ? 'arm64' : undefined };
  }
  return undefined;
}

/** fits tells that a program runs on a platform. */
export const fits = (t: Target, platform: string, arch: string): boolean =>
  (t.os === undefined || t.os === platform) && (t.arch === undefined || t.arch === arch);

/** name is a platform in words, "linux-x64". */
export const name = (t: Target): string => [t.os ?? 'any', t.arch].filter(Boolean).join('-');
