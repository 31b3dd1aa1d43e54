import ListFilter from "lucide-react/icons/list-filter";
import X from "lucide-react/icons/x";
import { type FormEvent, type ReactNode, useState } from "react";
import { type Filter, type FilterField, type Operator, operatorsOf } from "@/lib/filters";
import { formatDate } from "@/lib/format";
import { t } from "@/messages";
import { Button } from "./Button";
import { Field, Input, Select } from "./Field";
import { Popover } from "./Popover";

function operatorName(op: Operator, field: FilterField): string {
  if (op === "is") return t("ui.opIs");
  if (field.type === "date") return op === "gte" ? t("ui.opAfter") : t("ui.opBefore");
  return op === "gte" ? t("ui.opFrom") : t("ui.opTo");
}

function valueName(value: string, field: FilterField): string {
  if (field.type === "boolean") return value === "true" ? t("ui.yes") : t("ui.no");
  if (field.type === "date") return formatDate(new Date(`${value}T00:00`), new Date());
  return field.options?.find((o) => o.value === value)?.label ?? value;
}

/** The filters in force as chips that can be changed or taken off, and a way to add more. */
export function FilterBar({
  fields,
  filters,
  onChange,
}: {
  fields: readonly FilterField[];
  filters: readonly Filter[];
  onChange: (filters: Filter[]) => void;
}): ReactNode {
  const [adding, setAdding] = useState(false);
  const replace = (at: number, next: Filter | null) =>
    onChange(filters.flatMap((f, i) => (i === at ? (next ? [next] : []) : [f])));
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {filters.map((filter, i) => {
        const field = fields.find((f) => f.id === filter.field);
        if (!field) return null;
        return (
          <FilterChip
            // biome-ignore lint/suspicious/noArrayIndexKey: a filter is known by its place
            key={i}
            fields={fields}
            field={field}
            filter={filter}
            onChange={(next) => replace(i, next)}
          />
        );
      })}
      <Popover
        label={t("ui.addFilter")}
        open={adding}
        onOpenChange={setAdding}
        trigger={
          <Button look="quiet" size="small" icon={ListFilter}>
            {filters.length === 0 ? t("ui.filter") : t("ui.addFilter")}
          </Button>
        }
      >
        <FilterForm
          fields={fields}
          onApply={(filter) => {
            setAdding(false);
            onChange([...filters, filter]);
          }}
        />
      </Popover>
      {filters.length > 1 && (
        <Button look="quiet" size="small" onClick={() => onChange([])}>
          {t("ui.clearFilters")}
        </Button>
      )}
    </div>
  );
}

function FilterChip({
  fields,
  field,
  filter,
  onChange,
}: {
  fields: readonly FilterField[];
  field: FilterField;
  filter: Filter;
  onChange: (filter: Filter | null) => void;
}): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <span className="inline-flex min-h-6 max-w-full items-stretch rounded-md border bg-bg text-sm">
      <Popover
        label={field.label}
        open={open}
        onOpenChange={setOpen}
        trigger={
          <button
            type="button"
            className="flex min-w-0 items-center gap-1 rounded-s-md ps-2 pe-1 hover:bg-hover"
          >
            <span className="text-muted">
              {field.label} {operatorName(filter.op, field)}
            </span>
            <span className="truncate font-medium">
              {filter.values.map((v) => valueName(v, field)).join(", ")}
            </span>
          </button>
        }
      >
        <FilterForm
          fields={fields}
          initial={filter}
          onApply={(next) => {
            setOpen(false);
            onChange(next);
          }}
        />
      </Popover>
      <button
        type="button"
        aria-label={t("ui.removeFilter", { name: field.label })}
        onClick={() => onChange(null)}
        className="flex w-6 items-center justify-center rounded-e-md text-faint hover:bg-hover hover:text-text"
      >
        <X size={12} aria-hidden />
      </button>
    </span>
  );
}

function FilterForm({
  fields,
  initial,
  onApply,
}: {
  fields: readonly FilterField[];
  initial?: Filter;
  onApply: (filter: Filter) => void;
}): ReactNode {
  const [fieldId, setFieldId] = useState(initial?.field ?? fields[0]?.id ?? "");
  const field = fields.find((f) => f.id === fieldId) ?? fields[0];
  const [op, setOp] = useState<Operator>(
    initial?.op ?? (field ? (operatorsOf(field)[0] ?? "is") : "is"),
  );
  const [values, setValues] = useState<string[]>(initial?.values ?? []);
  if (!field) return null;
  const operators = operatorsOf(field);
  const apply = (event: FormEvent) => {
    event.preventDefault();
    if (values.some((v) => v.trim() !== "")) onApply({ field: field.id, op, values });
  };
  return (
    <form onSubmit={apply} className="flex w-64 flex-col gap-3">
      <Field name="field" label={t("ui.filterField")}>
        <Select
          value={field.id}
          onChange={(event) => {
            const next = fields.find((f) => f.id === event.target.value);
            setFieldId(event.target.value);
            setOp(next ? (operatorsOf(next)[0] ?? "is") : "is");
            setValues([]);
          }}
        >
          {fields.map((f) => (
            <option key={f.id} value={f.id}>
              {f.label}
            </option>
          ))}
        </Select>
      </Field>
      {operators.length > 1 && (
        <Field name="operator" label={t("ui.filterOperator")}>
          <Select value={op} onChange={(event) => setOp(event.target.value as Operator)}>
            {operators.map((o) => (
              <option key={o} value={o}>
                {operatorName(o, field)}
              </option>
            ))}
          </Select>
        </Field>
      )}
      <FilterValue field={field} values={values} onChange={setValues} />
      <Button type="submit" look="primary" disabled={!values.some((v) => v.trim() !== "")}>
        {t("ui.filterApply")}
      </Button>
    </form>
  );
}

function FilterValue({
  field,
  values,
  onChange,
}: {
  field: FilterField;
  values: string[];
  onChange: (values: string[]) => void;
}): ReactNode {
  const options =
    field.type === "boolean"
      ? [
          { value: "true", label: t("ui.yes") },
          { value: "false", label: t("ui.no") },
        ]
      : field.options;
  if (options && field.type !== "text") {
    const single = field.type === "boolean";
    return (
      <fieldset className="flex max-h-56 flex-col overflow-y-auto">
        <legend className="mb-1 font-medium">{t("ui.filterValue")}</legend>
        {options.map(({ value, label }) => (
          <label key={value} className="flex min-h-6 items-center gap-2">
            <input
              type={single ? "radio" : "checkbox"}
              name={`filter-${field.id}`}
              checked={values.includes(value)}
              onChange={(event) => {
                if (single) onChange([value]);
                else
                  onChange(
                    event.target.checked ? [...values, value] : values.filter((v) => v !== value),
                  );
              }}
              className="size-4 accent-accent"
            />
            {label}
          </label>
        ))}
      </fieldset>
    );
  }
  return (
    <Field name="value" label={t("ui.filterValue")}>
      <Input
        type={field.type === "date" ? "date" : "text"}
        inputMode={field.type === "number" ? "decimal" : undefined}
        value={values[0] ?? ""}
        onChange={(event) => onChange([event.target.value])}
      />
    </Field>
  );
}
