import SlidersHorizontal from "lucide-react/icons/sliders-horizontal";
import type { ReactNode } from "react";
import { t } from "@/messages";
import { CustomFieldProperties } from "@/records/CustomFields";
import { useFieldDefinitions } from "@/records/fields";
import { Properties } from "@/records/Property";
import { Popover } from "@/ui/Popover";
import type { FieldValues } from "./types";

/** The brand's own fields of a ticket. Hidden while the brand has none. */
export function FieldsPopover({
  values,
  editable,
  open,
  onOpenChange,
  onSave,
}: {
  values: FieldValues;
  editable: boolean;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onSave: (change: FieldValues, all: FieldValues) => Promise<unknown>;
}): ReactNode {
  const { fields: definitions } = useFieldDefinitions("tickets");
  if (definitions.length === 0) return null;
  const filled = definitions.filter((d) => (values[d.key] ?? "") !== "").length;
  return (
    <Popover
      label={t("inbox.fields")}
      open={open}
      onOpenChange={onOpenChange}
      className="w-80"
      trigger={
        <button
          type="button"
          className="inline-flex min-h-6 items-center gap-1.5 rounded-md px-1.5 text-muted hover:bg-hover hover:text-text"
        >
          <SlidersHorizontal size={14} aria-hidden />
          {t("inbox.fields")}
          <span className="tabular text-faint">
            {filled}/{definitions.length}
          </span>
        </button>
      }
    >
      <Properties>
        <CustomFieldProperties
          definitions={definitions}
          values={values}
          canEdit={editable}
          onSave={onSave}
        />
      </Properties>
    </Popover>
  );
}
