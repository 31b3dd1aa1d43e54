import { keepPreviousData, useQuery } from "@tanstack/react-query";
import X from "lucide-react/icons/x";
import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import { cx } from "@/lib/cx";
import { t } from "@/messages";
import { IconButton } from "@/ui/Button";
import { useSettled } from "./useSettled";

export interface Found<T> {
  id: string;
  title: string;
  detail?: string;
  record: T;
}

/** Finds a record of the workspace by typing, and shows which one was chosen. */
export function Combobox<T>({
  label,
  scope,
  value,
  onChange,
  find,
  invalid = false,
  describedBy,
  placeholder,
}: {
  label: string;
  /** Keeps what was found apart from other boxes': "customers". */
  scope: string;
  /** The chosen record's name; empty when none is. */
  value: string;
  onChange: (found: Found<T> | null) => void;
  find: (q: string, signal: AbortSignal) => Promise<Found<T>[]>;
  invalid?: boolean;
  describedBy?: string | undefined;
  placeholder?: string;
}): ReactNode {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const q = useSettled(typed.trim());
  const found = useQuery({
    queryKey: ["find", scope, q],
    queryFn: ({ signal }) => find(q, signal),
    enabled: open,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
  const options = found.data ?? [];
  const at = Math.min(active, Math.max(0, options.length - 1));

  const choose = (option: Found<T> | undefined) => {
    if (!option) return;
    onChange(option);
    setTyped("");
    setOpen(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive(Math.max(0, Math.min(options.length - 1, at + step)));
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      choose(options[at]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    }
  };

  if (value) {
    return (
      <div className="control flex items-center gap-1 pe-0">
        <span dir="auto" className="min-w-0 flex-1 truncate">
          {value}
        </span>
        <IconButton
          icon={X}
          size="small"
          label={t("records.chooseOther", { name: label })}
          onClick={() => onChange(null)}
        />
      </div>
    );
  }
  return (
    <div className="relative">
      <input
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && options[at] ? `${id}-${at}` : undefined}
        aria-invalid={invalid || undefined}
        aria-describedby={describedBy}
        placeholder={placeholder}
        autoComplete="off"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setOpen(true);
          setActive(0);
        }}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
        className="control"
      />
      {open && (
        <div className="absolute inset-x-0 top-full z-50 mt-1 min-w-56 rounded-lg border border-line bg-raised p-1 shadow-overlay">
          <div
            id={`${id}-list`}
            role="listbox"
            aria-label={label}
            className="max-h-56 overflow-y-auto"
          >
            {options.map((option, i) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the box above has the keys
              <div
                key={option.id}
                id={`${id}-${i}`}
                role="option"
                tabIndex={-1}
                aria-selected={i === at}
                // Pressed, not clicked: the box must not lose the focus before.
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => choose(option)}
                className={cx("rounded-sm px-2 py-1", i === at && "bg-hover")}
              >
                <div dir="auto" className="truncate font-medium">
                  {option.title}
                </div>
                {option.detail && (
                  <div dir="auto" className="truncate text-sm text-faint">
                    {option.detail}
                  </div>
                )}
              </div>
            ))}
          </div>
          {options.length === 0 && (
            <div role="status" className="px-2 py-1 text-muted">
              {found.isError
                ? t("ui.failed")
                : found.isFetching
                  ? t("ui.loading")
                  : t("records.nothingFound")}
            </div>
          )}
        </div>
      )}
    </div>
  );
}
