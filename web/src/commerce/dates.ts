/** A moment as a datetime-local control holds it: in the reader's own time zone. */
export function localInput(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** The moment that a datetime-local control means. */
export function fromLocalInput(text: string): string {
  return new Date(text).toISOString();
}
