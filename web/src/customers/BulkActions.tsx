import { useQueryClient } from "@tanstack/react-query";
import FolderPlus from "lucide-react/icons/folder-plus";
import Tag from "lucide-react/icons/tag";
import UserCheck from "lucide-react/icons/user-check";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { useColleagues, useGroups } from "@/records/people";
import { TagPicker } from "@/records/tags";
import type { TagRef } from "@/records/types";
import { call } from "@/records/wire";
import { Button } from "@/ui/Button";
import { Menu, MenuItem, MenuLabel } from "@/ui/Menu";
import { toast } from "@/ui/toast";
import { type Customer, customerStatuses } from "./types";

interface BatchAnswer {
  updated: number;
  failed: number;
  results: {
    id: string;
    updated: boolean;
    error?: { detail: string; errors: { message: string }[] };
  }[];
}

type Change = Record<string, unknown>;

/** The most customers that one request may change. */
const most = 1000;

async function batch(items: Change[]): Promise<BatchAnswer> {
  const whole: BatchAnswer = { updated: 0, failed: 0, results: [] };
  for (let at = 0; at < items.length; at += most) {
    const part = await call<BatchAnswer>("PATCH", "/customers/batch", {
      body: { customers: items.slice(at, at + most) },
    });
    whole.updated += part.updated;
    whole.failed += part.failed;
    whole.results.push(...part.results);
  }
  return whole;
}

/** Changes the chosen customers together, and takes that back by writing what was there before. */
function useBatch(customers: readonly Customer[], onDone: () => void) {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const refresh = () => queries.invalidateQueries({ queryKey: keys.all("customers") });

  const run = async (change: (c: Customer) => Change, before: (c: Customer) => Change) => {
    setBusy(true);
    try {
      const answer = await batch(customers.map((c) => ({ id: c.id, ...change(c) })));
      const done = new Set(answer.results.filter((r) => r.updated).map((r) => r.id));
      const undo = () => {
        const items = customers
          .filter((c) => done.has(c.id))
          .map((c) => ({ id: c.id, ...before(c) }));
        batch(items).then(
          () => {
            toast.done(t("ui.undone"));
            void refresh();
          },
          (error: unknown) => toast.failed(t("records.notSaved"), error),
        );
      };
      const refused = answer.results.find((r) => r.error)?.error;
      const why = refused?.errors[0]?.message ?? refused?.detail ?? "";
      if (answer.updated === 0) toast.failed(why || t("customers.bulkFailed"));
      else if (answer.failed > 0) {
        toast.undo(
          t("customers.bulkPart", { done: answer.updated, failed: answer.failed, why }),
          undo,
        );
      } else toast.undo(t("customers.bulkDone", { count: answer.updated }), undo);
      if (answer.failed === 0) onDone();
      await refresh();
    } catch (error) {
      toast.failed(t("customers.bulkFailed"), error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, run };
}

const tagNames = (c: Customer) => c.tags.map((tag) => tag.name);
const groupIds = (c: Customer) => c.groups.map((group) => group.id);

export function BulkActions({
  customers,
  onDone,
}: {
  customers: readonly Customer[];
  onDone: () => void;
}): ReactNode {
  const can = useCan();
  const groups = useGroups();
  const colleagues = useColleagues();
  const { busy, run } = useBatch(customers, onDone);
  const everywhere = (customers[0]?.tags ?? [])
    .filter((tag) => customers.every((c) => c.tags.some((x) => x.id === tag.id)))
    .map((tag) => tag.id);
  const tag = (chosen: TagRef, on: boolean) =>
    run(
      (c) => {
        const others = tagNames(c).filter((name) => name !== chosen.name);
        return { tags: on ? [...others, chosen.name] : others };
      },
      (c) => ({ tags: tagNames(c) }),
    );
  return (
    <>
      <TagPicker
        trigger={
          <Button size="small" icon={Tag} disabled={busy}>
            {t("customers.bulkTag")}
          </Button>
        }
        chosen={everywhere}
        onChoose={(chosen, on) => void tag(chosen, on)}
      />
      {groups.length > 0 && (
        <Menu
          trigger={
            <Button size="small" icon={FolderPlus} disabled={busy}>
              {t("customers.bulkGroup")}
            </Button>
          }
        >
          <MenuLabel>{t("customers.bulkAddTo")}</MenuLabel>
          {groups.map((group) => (
            <MenuItem
              key={group.id}
              onSelect={() =>
                void run(
                  (c) => ({ groupIds: [...new Set([...groupIds(c), group.id])] }),
                  (c) => ({ groupIds: groupIds(c) }),
                )
              }
            >
              {group.name}
            </MenuItem>
          ))}
        </Menu>
      )}
      <Menu
        trigger={
          <Button size="small" disabled={busy}>
            {t("customers.bulkStatus")}
          </Button>
        }
      >
        {customerStatuses.map((status) => (
          <MenuItem
            key={status}
            onSelect={() =>
              void run(
                () => ({ status }),
                (c) => ({ status: c.status }),
              )
            }
          >
            {t(`customers.status.${status}`)}
          </MenuItem>
        ))}
      </Menu>
      {can("customers:update_all") && (
        <Menu
          trigger={
            <Button size="small" icon={UserCheck} disabled={busy}>
              {t("customers.bulkOwner")}
            </Button>
          }
        >
          {[{ id: "", name: t("customers.noOwner") }, ...colleagues].map((person) => (
            <MenuItem
              key={person.id}
              onSelect={() =>
                void run(
                  () => ({ ownerId: person.id || null }),
                  (c) => ({ ownerId: c.ownerId }),
                )
              }
            >
              {person.name}
            </MenuItem>
          ))}
        </Menu>
      )}
    </>
  );
}
