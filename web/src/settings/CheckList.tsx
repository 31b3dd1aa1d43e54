import { type ReactNode, useId, useState } from "react";
import { t } from "@/messages";
import { Input } from "@/ui/Field";

/** More than this many rows can be narrowed down by typing. */
const longList = 10;

/** Rows to tick: the teams of a person, the people of a team. */
export function CheckList<T extends { id: string; name: string }>({
  label,
  rows,
  chosen,
  onChange,
  disabled = false,
  empty,
  render,
}: {
  label: string;
  rows: readonly T[];
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
  disabled?: boolean;
  empty: string;
  render: (row: T) => ReactNode;
}): ReactNode {
  const id = useId();
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLocaleLowerCase();
  const shown = rows.filter((row) => row.name.toLocaleLowerCase().includes(wanted));
  return (
    <fieldset disabled={disabled} className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1 font-medium">
        {label} <span className="tabular font-normal text-faint">{chosen.size}</span>
      </legend>
      {rows.length > longList && (
        <Input
          id={id}
          type="search"
          aria-label={t("settings.findIn", { name: label })}
          placeholder={t("settings.find")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") event.preventDefault();
          }}
        />
      )}
      {rows.length === 0 ? (
        <p className="text-muted">{empty}</p>
      ) : (
        <div className="flex max-h-52 flex-col overflow-y-auto rounded-md border py-1">
          {shown.map((row) => (
            <label key={row.id} className="flex min-h-7 items-center gap-2 px-2 hover:bg-hover">
              <input
                type="checkbox"
                checked={chosen.has(row.id)}
                onChange={(event) => {
                  const next = new Set(chosen);
                  if (event.target.checked) next.add(row.id);
                  else next.delete(row.id);
                  onChange(next);
                }}
                className="size-4 shrink-0 accent-accent"
              />
              {render(row)}
            </label>
          ))}
          {shown.length === 0 && <p className="px-2 py-1 text-muted">{t("settings.foundNone")}</p>}
        </div>
      )}
    </fieldset>
  );
}

/** Whether two sets of ids differ. */
export function differs(a: ReadonlySet<string>, b: readonly string[]): boolean {
  return a.size !== b.length || b.some((id) => !a.has(id));
}
