/** Reads a remembered setting; null where storage is empty or forbidden. */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`throughline.${name}`);
  } catch {
    return null;
  }
}

/** Remembers a setting in this browser; null forgets it. */
export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`throughline.${name}`);
    else localStorage.setItem(`throughline.${name}`, value);
  } catch {
    // Storage may be forbidden: the setting then lasts as long as the page.
  }
}
