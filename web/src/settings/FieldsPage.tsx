import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import ListPlus from "lucide-react/icons/list-plus";
import Plus from "lucide-react/icons/plus";
import type { ReactNode } from "react";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { call } from "@/records/wire";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { ChoiceRow } from "@/ui/ChoiceRow";
import { Screen } from "@/ui/Screen";
import { EmptyState, ListStates } from "@/ui/states";
import { FieldDialog } from "./FieldDialog";
import { MoveButtons } from "./MoveButtons";
import { useReorder } from "./order";
import { usePlace } from "./place";
import { asList, fieldsQuery } from "./queries";
import { type CustomField, type FieldObject, fieldObjects } from "./types";

const none: readonly never[] = [];

/** Fields that the workspace adds to customers, tickets, orders and products. */
export function FieldsPage(): ReactNode {
  const can = useCan();
  const mayWrite = can("fields:write");
  const { search, go } = usePlace();
  const object = fieldObjects.find((o) => o === search.object) ?? "customers";
  const query = useQuery(fieldsQuery(object));
  const rows = query.data ?? none;
  const move = useReorder<CustomField>(fieldsQuery(object).queryKey, (field) =>
    call("PUT", `/fields/${field.id}`, { body: { position: field.position } }),
  );
  const create = mayWrite && (
    <Button look="primary" icon={Plus} onClick={() => go({ new: 1 })}>
      {t("settings.fields.new")}
    </Button>
  );
  return (
    <Screen title={t("settings.fields.title")} actions={create}>
      <div className="overflow-x-auto px-4 py-3">
        <ChoiceRow<FieldObject>
          label={t("settings.fields.of")}
          value={object}
          options={fieldObjects.map((value) => ({
            value,
            label: t(`settings.fields.object.${value}`),
          }))}
          onChange={(next) => go({ object: next, open: undefined }, true)}
        />
      </div>
      <ListStates
        list={asList(query)}
        firstUse={
          <EmptyState icon={ListPlus} title={t(`settings.fields.none.${object}`)} action={create}>
            {t("settings.fields.noneHint")}
          </EmptyState>
        }
      >
        <ol aria-label={t("settings.fields.title")} className="border-t border-line/60">
          {rows.map((field, i) => (
            <li
              key={field.id}
              className="flex items-center gap-2 border-b border-line/60 pe-2 hover:bg-hover"
            >
              <FieldLine field={field} object={object} />
              {mayWrite && (
                <MoveButtons
                  name={field.label}
                  isFirst={i === 0}
                  isLast={i === rows.length - 1}
                  onMove={(step) => void move(field.id, step)}
                />
              )}
            </li>
          ))}
        </ol>
      </ListStates>
      {mayWrite && (
        <FieldDialog
          object={object}
          fields={rows}
          openId={search.open}
          isNew={search.new === 1}
          onClose={() => go({ open: undefined, new: undefined })}
        />
      )}
    </Screen>
  );
}

function FieldLine({ field, object }: { field: CustomField; object: FieldObject }): ReactNode {
  return (
    <Link
      to="/settings/fields"
      search={{ object, open: field.id }}
      className="flex min-h-10 min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1 py-1 ps-4 outline-offset-[-2px]"
    >
      <span dir="auto" className="min-w-32 truncate font-medium sm:w-56">
        {field.label}
      </span>
      <span className="font-mono text-sm text-faint max-sm:hidden sm:w-40" dir="ltr">
        {field.key}
      </span>
      <span className="text-muted">{t(`settings.fields.type.${field.type}`)}</span>
      {field.type === "list" && (
        <span className="min-w-0 flex-1 truncate text-faint max-lg:hidden" dir="auto">
          {field.options.join(", ")}
        </span>
      )}
      <span className="ms-auto flex gap-1.5">
        {field.required && <Badge tone="accent">{t("settings.fields.required")}</Badge>}
        {field.indexed && (
          <Badge tone={field.indexReady ? "neutral" : "warning"}>
            {t(field.indexReady ? "settings.fields.indexed" : "settings.fields.indexing")}
          </Badge>
        )}
      </span>
    </Link>
  );
}
