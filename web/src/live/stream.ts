/** One message of a Server-Sent Events stream. */
export interface Frame {
  event: string;
  data: string;
  /** The last id seen so far; "" before the first. */
  id: string;
}

/**
 * Cuts a text stream into frames, as the SSE format says: lines end in LF, CRLF
 * or CR, an empty line ends a frame, and an id stays until the next one.
 */
export class FrameReader {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #id = "";

  get lastId(): string {
    return this.#id;
  }

  push(chunk: string): Frame[] {
    const frames: Frame[] = [];
    const text = this.#rest + chunk;
    // A trailing CR may be half of a CRLF: it waits for the next chunk.
    const usable = text.endsWith("\r") ? text.slice(0, -1) : text;
    const lines = usable.split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? "") + text.slice(usable.length);
    for (const line of lines) {
      if (line !== "") {
        this.#field(line);
        continue;
      }
      if (this.#data.length > 0 || this.#event !== "") {
        frames.push({
          event: this.#event || "message",
          data: this.#data.join("\n"),
          id: this.#id,
        });
      }
      this.#event = "";
      this.#data = [];
    }
    return frames;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    else if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }
}
