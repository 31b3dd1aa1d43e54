import { recall, remember } from "@/lib/storage";
import { createStore } from "@/lib/store";

/** Which of the shell's windows is open. */
export const overlay = createStore<"palette" | "shortcuts" | null>(null);

/** Whether this browser has ever opened the palette; first steps tick by it. */
export const paletteWasUsed = createStore(recall("palette") === "used");

overlay.subscribe(() => {
  if (overlay.get() !== "palette" || paletteWasUsed.get()) return;
  remember("palette", "used");
  paletteWasUsed.set(true);
});
