import Pencil from "lucide-react/icons/pencil";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { ApiError, explain, fieldOf } from "@/api/errors";
import { cx } from "@/lib/cx";
import { t } from "@/messages";
import { Menu, MenuChoice } from "@/ui/Menu";

export interface Choice {
  value: string;
  label: string;
}

/** A list of a record's properties: name at the start, value beside it. */
export function Properties({ children }: { children: ReactNode }): ReactNode {
  return <dl className="flex flex-col">{children}</dl>;
}

const row = "grid min-h-7 grid-cols-[7.5rem_minmax(0,1fr)] items-start gap-x-2";

/** A property that cannot be changed here. */
export function Fact({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <div className={row}>
      <dt className="py-1 text-muted">{label}</dt>
      <dd className="min-w-0 py-1">{children}</dd>
    </div>
  );
}

/**
 * A property that is changed where it stands. Enter or leaving the field saves,
 * Escape takes the draft back. When the server refuses, the draft stays with the
 * reason under it.
 */
export function Property({
  name,
  label,
  value,
  shown,
  type = "text",
  choices,
  canEdit = true,
  required = false,
  onSave,
}: {
  /** The field's name in the API, to which a refusal belongs. */
  name: string;
  label: string;
  /** The value as a control edits it. */
  value: string;
  /** The value as people read it, where that differs. */
  shown?: ReactNode;
  type?: "text" | "email" | "tel" | "date" | "datetime-local" | "number" | "choice" | "long";
  choices?: readonly Choice[];
  canEdit?: boolean;
  required?: boolean;
  onSave: (value: string) => Promise<unknown>;
}): ReactNode {
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const button = useRef<HTMLButtonElement>(null);
  const returnFocus = useRef(false);
  const reason = useRef<HTMLDivElement>(null);
  const saving = useRef(false);
  const editing = draft !== null;

  useEffect(() => {
    if (editing || !returnFocus.current) return;
    returnFocus.current = false;
    button.current?.focus();
  }, [editing]);

  // The reason may be below the edge of a panel that scrolls.
  useEffect(() => {
    if (problem) reason.current?.scrollIntoView({ block: "nearest" });
  }, [problem]);

  const close = (byKey: boolean) => {
    returnFocus.current = byKey;
    setDraft(null);
    setProblem("");
  };
  const save = async (next: string, byKey: boolean) => {
    if (saving.current) return;
    const text = next.trim();
    if (text === value.trim()) return close(byKey);
    saving.current = true;
    setProblem("");
    // The change is on the screen at once, so the editor closes before the answer is here.
    close(byKey);
    try {
      await onSave(text);
    } catch (error) {
      if (type !== "choice") setDraft(next);
      setProblem(reasonFor(error, name));
    } finally {
      saving.current = false;
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close(true);
    }
    const isEnd = type === "long" ? event.ctrlKey || event.metaKey : true;
    if (event.key === "Enter" && isEnd && draft !== null) {
      event.preventDefault();
      void save(draft, true);
    }
  };
  const control = {
    id,
    value: draft ?? "",
    required,
    "aria-invalid": problem ? true : undefined,
    "aria-describedby": problem ? `${id}-problem` : undefined,
    onKeyDown,
    onBlur: () => {
      if (draft !== null && !problem) void save(draft, false);
    },
    className: "control",
    dir: "auto" as const,
    ref: (element: HTMLElement | null) => {
      element?.focus();
    },
  };

  const options =
    required || choices?.some((c) => c.value === "")
      ? (choices ?? [])
      : [{ value: "", label: t("records.empty") }, ...(choices ?? [])];
  const opener = (
    <button
      ref={button}
      type="button"
      {...(type === "choice" ? {} : { onClick: () => setDraft(value) })}
      className="group -mx-1.5 flex min-h-7 w-[calc(100%+0.75rem)] items-start gap-1 rounded-sm px-1.5 py-1 text-start hover:bg-hover"
    >
      <span className={cx("min-w-0 flex-1 whitespace-pre-line", !value && "text-faint")}>
        <span className="sr-only">{label}: </span>
        <span dir="auto">{value ? (shown ?? value) : t("records.add")}</span>
        <span className="sr-only"> ({t("records.change")})</span>
      </span>
      <Pencil
        size={12}
        aria-hidden
        className="mt-1 shrink-0 text-faint opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
      />
    </button>
  );
  return (
    <div className={row}>
      <dt className="py-1 text-muted">{editing ? <label htmlFor={id}>{label}</label> : label}</dt>
      <dd className="min-w-0">
        {!editing && canEdit && type !== "choice" && opener}
        {canEdit && type === "choice" && (
          <Menu trigger={opener}>
            <MenuChoice
              value={value}
              options={options}
              onChange={(next) => {
                void save(next, false);
              }}
            />
          </Menu>
        )}
        {!editing && !canEdit && (
          <span className={cx("block py-1 whitespace-pre-line", !value && "text-faint")}>
            <span dir="auto">{value ? (shown ?? value) : t("records.empty")}</span>
          </span>
        )}
        {editing && type === "long" && (
          <textarea
            {...control}
            rows={5}
            className="control resize-y py-1"
            onChange={(event) => setDraft(event.target.value)}
          />
        )}
        {editing && type !== "long" && (
          <input
            {...control}
            type={type === "number" ? "text" : type}
            inputMode={type === "number" ? "decimal" : undefined}
            onChange={(event) => setDraft(event.target.value)}
          />
        )}
        {problem && (
          <div
            ref={reason}
            id={`${id}-problem`}
            role="alert"
            className="py-0.5 text-sm text-danger"
          >
            {problem}
          </div>
        )}
      </dd>
    </div>
  );
}

/** The server's words about one field, or about the whole. */
export function reasonFor(error: unknown, name: string): string {
  if (error instanceof ApiError) {
    const own = error.errors.find((e) => fieldOf(e.location) === name);
    if (own) return own.message;
  }
  return explain(error);
}
