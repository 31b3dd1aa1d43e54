import type { PasswordPolicy } from "./types";

// Without letters and digits that look alike.
const lower = "abcdefghijkmnpqrstuvwxyz";
const upper = "ABCDEFGHJKLMNPQRSTUVWXYZ";
const digits = "23456789";
const special = "-_!?+=";

function pick(from: string): string {
  // Values beyond the last whole multiple would favour the first letters.
  const limit = 256 - (256 % from.length);
  const byte = new Uint8Array(1);
  do crypto.getRandomValues(byte);
  while ((byte[0] ?? 0) >= limit);
  return from[(byte[0] ?? 0) % from.length] ?? "";
}

/** A random first password to hand over, that any policy of the workspace accepts. */
export function makePassword(policy?: Pick<PasswordPolicy, "minLength">): string {
  const length = Math.max(16, policy?.minLength ?? 0);
  const all = lower + upper + digits;
  const letters = Array.from({ length: length - 4 }, () => pick(all));
  return pick(upper) + pick(lower) + letters.join("") + pick(digits) + pick(special);
}
