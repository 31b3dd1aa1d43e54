import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useCan, useSession } from "@/api/session";
import { t } from "@/messages";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { SelectionBar } from "@/ui/DataTable";
import { StatusBadge } from "@/ui/marks";
import { toast } from "@/ui/toast";
import { statusName } from "./names";
import { Picker } from "./Picker";
import { usersQuery } from "./queries";
import { type Named, type Status, statuses, type TicketRow } from "./types";
import { useTicketWrites } from "./writes";

/** Acts on the tickets that are selected, one after the other, and offers the way back for all. */
export function BulkBar({
  rows,
  onDone,
}: {
  rows: readonly TicketRow[];
  onDone: () => void;
}): ReactNode {
  const can = useCan();
  const { user } = useSession();
  const writes = useTicketWrites();
  const [open, setOpen] = useState<"status" | "assignee" | null>(null);
  const users = useQuery({ ...usersQuery, enabled: open === "assignee" });

  const run = async (
    act: (row: TicketRow) => Promise<boolean>,
    undo: (row: TicketRow) => Promise<boolean>,
  ) => {
    onDone();
    const changed: TicketRow[] = [];
    for (const row of rows) if (await act(row)) changed.push(row);
    if (changed.length === 0) return;
    toast.undo(t("inbox.bulkDone", { count: changed.length }), () => {
      for (const row of changed) void undo(row);
    });
  };
  const setStatus = (status: Status) =>
    run(
      (row) => writes.setStatus(row, status, true),
      (row) => writes.setStatus({ ...row, status }, row.status, true),
    );
  const assign = (to: Named | null) =>
    run(
      (row) => writes.assign(row, to, true),
      (row) =>
        writes.assign({ ...row, assignee: to, assigneeId: to?.id ?? null }, row.assignee, true),
    );
  const people = users.data ?? [{ id: user.id, name: user.name }];
  return (
    <SelectionBar selection={{ ids: new Set(rows.map((row) => row.id)), set: () => onDone() }}>
      {can("tickets:update") && (
        <Picker
          label={t("inbox.status")}
          open={open === "status"}
          onOpenChange={(on) => setOpen(on ? "status" : null)}
          chosen={new Set()}
          choices={statuses.map((status) => ({
            value: status,
            label: statusName(status),
            mark: <StatusBadge status={status} label="" iconOnly />,
          }))}
          onChoose={(status) => void setStatus(status as Status)}
          trigger={<Button size="small">{t("inbox.status")}</Button>}
        />
      )}
      {can("tickets:assign") && (
        <Picker
          label={t("inbox.assignee")}
          open={open === "assignee"}
          onOpenChange={(on) => setOpen(on ? "assignee" : null)}
          loading={users.isFetching}
          chosen={new Set()}
          choices={[
            ...people.map((one) => ({
              value: one.id,
              label: one.name,
              mark: <Avatar name={one.name} size="small" />,
            })),
            { value: "", label: t("ui.unassigned") },
          ]}
          onChoose={(id) => {
            const found = people.find((one) => one.id === id);
            void assign(found ? { id, name: found.name } : null);
          }}
          trigger={<Button size="small">{t("inbox.assign")}</Button>}
        />
      )}
    </SelectionBar>
  );
}
