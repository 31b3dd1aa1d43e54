import { createContext, useContext } from "react";
import { createStore, useStore } from "@/lib/store";

/** The screen's main landmark, while there is one. */
export const screenHost = createStore<HTMLElement | null>(null);

/** The window that menus and popovers inside it hang in; null: the screen. */
export const OverlayHost = createContext<HTMLElement | null>(null);

/**
 * Where a menu, popover or tooltip is put: inside the dialog that it was opened
 * from, else inside the screen's main landmark, so that screen readers find it in
 * a named place and a dialog does not hide it.
 */
export function useOverlayHost(): HTMLElement | null {
  const screen = useStore(screenHost);
  return useContext(OverlayHost) ?? screen;
}
