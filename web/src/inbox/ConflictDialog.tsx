import type { ReactNode } from "react";
import { useStore } from "@/lib/store";
import { type MessageKey, t } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { priorityName } from "@/ui/marks";
import { statusName } from "./names";
import type { Watched } from "./thread";
import type { Named, TicketRow } from "./types";
import { conflict } from "./writes";

const labels: Record<Watched, MessageKey> = {
  title: "inbox.ticketTitle",
  status: "inbox.status",
  priority: "inbox.priority",
  assignee: "inbox.assignee",
  team: "inbox.team",
  tags: "inbox.tags",
  type: "inbox.type",
  category: "inbox.category",
};

/** Someone else changed the same field meanwhile: shows both, and asks whose is to stay. */
export function ConflictDialog(): ReactNode {
  const found = useStore(conflict);
  const close = () => conflict.set(null);
  return (
    <Dialog
      open={found !== null}
      onOpenChange={close}
      title={t("inbox.conflict")}
      description={t("inbox.conflictHint")}
      actions={
        <>
          <Button onClick={close}>{t("inbox.keepTheirs")}</Button>
          <Button
            look="primary"
            onClick={() => {
              close();
              found?.insist();
            }}
          >
            {t("inbox.keepMine")}
          </Button>
        </>
      }
    >
      {found && (
        <table className="w-full text-start">
          <thead className="text-sm text-muted">
            <tr>
              <td />
              <th scope="col" className="pe-3 pb-1 text-start font-medium">
                {t("inbox.theirs")}
              </th>
              <th scope="col" className="pb-1 text-start font-medium">
                {t("inbox.mine")}
              </th>
            </tr>
          </thead>
          <tbody>
            {found.changed.map((field) => (
              <tr key={field} className="border-t align-top">
                <th scope="row" className="py-1.5 pe-3 text-start font-medium">
                  {t(labels[field] as "inbox.status")}
                </th>
                <td dir="auto" className="py-1.5 pe-3">
                  {shown(found.now, field)}
                </td>
                <td dir="auto" className="py-1.5">
                  {field in found.wanted ? shown(found.wanted, field) : "–"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Dialog>
  );
}

function shown(ticket: Partial<TicketRow>, field: Watched): string {
  const value = ticket[field];
  if (field === "status") return statusName(String(value));
  if (field === "priority") return priorityName(Number(value));
  if (Array.isArray(value)) return value.map((one) => one.name).join(", ") || "–";
  if (value !== null && typeof value === "object") return (value as Named).name;
  return value ? String(value) : "–";
}
