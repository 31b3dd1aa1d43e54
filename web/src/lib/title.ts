import { useEffect } from "react";
import { createStore, useStore } from "./store";

/** The name behind a screen's title: the workspace once it is known. */
export const titleSuffix = createStore("Throughline");

/** Names the page: in the tab, in the history, and to screen readers. */
export function useTitle(title: string): void {
  const suffix = useStore(titleSuffix);
  useEffect(() => {
    document.title = `${title} · ${suffix}`;
  }, [title, suffix]);
}
