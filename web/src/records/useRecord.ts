import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { isStatus } from "@/api/errors";
import { keys } from "@/api/keys";
import { call, callTagged, type Tagged } from "./wire";

/** One record by its id, with its tag. `resource` is its name in the API: "customers". */
export function useRecord<T>(resource: string, id: string) {
  return useQuery({
    queryKey: keys.one(resource, id),
    queryFn: ({ signal }) => callTagged<T>("GET", `/${resource}/${id}`, { signal }),
  });
}

/** Someone else changed the same fields first. */
export interface Conflict<T> {
  patch: object;
  /** How the record would have looked with the patch. */
  mine: Record<string, unknown>;
  theirs: T;
  fields: string[];
}

/** The top-level fields in which two states of a record differ. */
export function changedFields<T extends object>(before: T, after: T): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  names.delete("updatedAt");
  const read = (record: T, name: string) =>
    JSON.stringify((record as Record<string, unknown>)[name] ?? null);
  return [...names].filter((name) => read(before, name) !== read(after, name));
}

/** A patch's field and what it is called in the record: ownerId changes owner, groupIds groups. */
function touches(patch: object, field: string): boolean {
  return field in patch || `${field}Id` in patch || `${field.replace(/s$/, "")}Ids` in patch;
}

/**
 * Writes changes to one record at once on the screen and then on the server,
 * one after another. When someone else wrote meanwhile, changes to other fields
 * are put together; a change to the same field becomes a conflict to decide on.
 * A refusal takes the change back and is thrown.
 */
export function useSave<T extends object>(
  resource: string,
  id: string,
  options: { onMerged?: (fields: string[]) => void } = {},
) {
  const queries = useQueryClient();
  const queue = useRef<Promise<unknown> | null>(null);
  const [conflict, setConflict] = useState<Conflict<T> | null>(null);
  const path = `/${resource}/${id}`;
  const key = keys.one(resource, id);
  const read = () => queries.getQueryData<Tagged<T>>(key);
  const keep = (record: Tagged<T>) => queries.setQueryData<Tagged<T>>(key, record);
  /** Answers to writes leave out what only a read gives; that stays as it was. */
  const send = async (patch: object, before: Tagged<T>) => {
    const { value, etag } = await callTagged<T>("PATCH", path, { body: patch, etag: before.etag });
    keep({ value: { ...before.value, ...value }, etag });
  };

  const write = async (patch: object, shown: Partial<T>, force: boolean) => {
    // Only where something is under way is there anything to wait for: else the change shows at once.
    if (queries.isFetching({ queryKey: key, exact: true }) > 0) {
      await queries.cancelQueries({ queryKey: key, exact: true });
    }
    const before = read() ?? (await callTagged<T>("GET", path));
    keep({ value: { ...before.value, ...shown }, etag: before.etag });
    try {
      await send(patch, before);
    } catch (error) {
      keep(before);
      if (!isStatus(error, 412)) throw error;
      const fresh = await callTagged<T>("GET", path);
      keep(fresh);
      const theirs = changedFields(before.value, fresh.value);
      const same = theirs.filter((field) => touches(patch, field));
      if (same.length > 0 && !force) {
        setConflict({ patch, mine: { ...patch, ...shown }, theirs: fresh.value, fields: same });
        return false;
      }
      keep({ value: { ...fresh.value, ...shown }, etag: fresh.etag });
      try {
        await send(patch, fresh);
      } catch (again) {
        keep(fresh);
        throw again;
      }
      if (!force) options.onMerged?.(theirs);
    }
    void queries.invalidateQueries({ queryKey: keys.lists(resource) });
    return true;
  };

  /** `shown` is how the record looks with the patch, where that differs from the patch itself. */
  const save = (patch: object, shown: Partial<T> = patch as Partial<T>, force = false) => {
    const run = () => write(patch, shown, force);
    const done = queue.current ? queue.current.then(run) : run();
    const settled = done.then(
      () => undefined,
      () => undefined,
    );
    queue.current = settled;
    void settled.then(() => {
      if (queue.current === settled) queue.current = null;
    });
    return done;
  };

  return {
    save,
    conflict,
    /** Settles a conflict: mine is written over theirs, or dropped. */
    async settle(mine: boolean): Promise<void> {
      const open = conflict;
      setConflict(null);
      if (mine && open) await save(open.patch, {}, true);
    },
    /** Deletes the record as it is shown; 412 when it changed meanwhile. */
    async remove(): Promise<void> {
      await call("DELETE", path, { etag: read()?.etag });
      queries.removeQueries({ queryKey: key });
      void queries.invalidateQueries({ queryKey: keys.lists(resource) });
    },
  };
}

export type Save = ReturnType<typeof useSave>["save"];
