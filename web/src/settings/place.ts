import { useNavigate, useSearch } from "@tanstack/react-router";
import type { SettingsSearch } from "./routes";

/** What the address says about the page, and a way to change it. */
export function usePlace() {
  const search = useSearch({ strict: false }) as SettingsSearch;
  const navigate = useNavigate();
  return {
    search,
    go(change: Partial<SettingsSearch>, replace = false): void {
      void navigate({ to: ".", search: { ...search, ...change } as never, replace });
    },
  };
}
