import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { t } from "@/messages";
import { toast } from "@/ui/toast";
import { moved } from "./fieldForm";

/** Moves rows of an ordered list: at once on the screen, back again when refused. */
export function useReorder<T extends { id: string; position: number }>(
  queryKey: QueryKey,
  write: (row: T) => Promise<unknown>,
) {
  const queries = useQueryClient();
  return async (id: string, step: -1 | 1) => {
    const before = queries.getQueryData<readonly T[]>(queryKey);
    const next = before && moved(before, id, step);
    if (!next) return;
    await queries.cancelQueries({ queryKey });
    queries.setQueryData(queryKey, next.rows);
    try {
      for (const row of next.changed) await write(row);
    } catch (error) {
      queries.setQueryData(queryKey, before);
      toast.failed(t("settings.notMoved"), error);
      void queries.invalidateQueries({ queryKey });
    }
  };
}
