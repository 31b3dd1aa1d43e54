import type { ReactNode } from "react";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { toast } from "@/ui/toast";
import type { Conflict } from "./useRecord";

/** Shows what someone else wrote into the same fields, and asks whose is to stay. */
export function ConflictDialog<T extends object>({
  conflict,
  labelOf,
  onSettle,
}: {
  conflict: Conflict<T> | null;
  /** The field's name as people know it. */
  labelOf: (field: string) => string;
  onSettle: (mine: boolean) => Promise<void>;
}): ReactNode {
  const settle = (mine: boolean) => {
    onSettle(mine).catch((error: unknown) => toast.failed(t("records.notSaved"), error));
  };
  return (
    <Dialog
      open={conflict !== null}
      onOpenChange={(open) => {
        if (!open) settle(false);
      }}
      title={t("records.conflict")}
      description={t("records.conflictText")}
      actions={
        <>
          <Button onClick={() => settle(false)}>{t("records.keepTheirs")}</Button>
          <Button look="primary" onClick={() => settle(true)}>
            {t("records.keepMine")}
          </Button>
        </>
      }
    >
      {conflict && (
        <table className="w-full text-start">
          <thead className="text-sm text-muted">
            <tr>
              <th scope="col" className="pe-3 pb-1 text-start font-medium">
                {t("records.field")}
              </th>
              <th scope="col" className="pe-3 pb-1 text-start font-medium">
                {t("records.theirs")}
              </th>
              <th scope="col" className="pb-1 text-start font-medium">
                {t("records.mine")}
              </th>
            </tr>
          </thead>
          <tbody>
            {conflict.fields.map((field) => (
              <tr key={field} className="border-t align-top">
                <th scope="row" className="py-1.5 pe-3 text-start font-medium">
                  {labelOf(field)}
                </th>
                <td dir="auto" className="py-1.5 pe-3">
                  {readable((conflict.theirs as Record<string, unknown>)[field])}
                </td>
                <td dir="auto" className="py-1.5">
                  {readable(conflict.mine[field])}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Dialog>
  );
}

/** A value of any shape in words: names of lists and objects, texts as they are. */
function readable(value: unknown): string {
  if (value === null || value === undefined || value === "") return t("records.empty");
  if (Array.isArray(value)) return value.map(readable).join(", ") || t("records.empty");
  if (typeof value === "object") {
    const record = value as Record<string, unknown>;
    if (typeof record.name === "string") return record.name;
    return Object.values(record).filter(Boolean).map(readable).join(", ");
  }
  return String(value);
}
