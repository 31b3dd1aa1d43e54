import Search from "lucide-react/icons/search";
import X from "lucide-react/icons/x";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useShortcut } from "@/commands/registry";
import { t } from "@/messages";
import { useSettled } from "./useSettled";

/** Finds within a list as one types. The slash key leads here, Escape empties it. */
export function SearchBox({
  label,
  hint = label,
  value,
  onChange,
}: {
  label: string;
  /** What can be searched for, shown while the box is empty. */
  hint?: string;
  value: string;
  onChange: (text: string) => void;
}): ReactNode {
  const [typed, setTyped] = useState(value);
  const settled = useSettled(typed);
  const box = useRef<HTMLInputElement>(null);
  const sent = useRef(value);
  const tell = useRef(onChange);
  useEffect(() => {
    tell.current = onChange;
  });
  useEffect(() => {
    if (settled.trim() === sent.current) return;
    sent.current = settled.trim();
    tell.current(sent.current);
  }, [settled]);
  // The address may change by other means: filters cleared, the back button.
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setTyped(value);
  }, [value]);
  useShortcut("/", t("shell.search"), () => box.current?.focus(), {
    group: t("shell.group.list"),
  });
  return (
    <div className="relative w-40 shrink sm:w-64">
      <Search
        size={14}
        aria-hidden
        className="pointer-events-none absolute inset-y-0 start-2 my-auto text-faint"
      />
      <input
        ref={box}
        type="search"
        aria-label={label}
        placeholder={hint}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (typed) setTyped("");
          else event.currentTarget.blur();
        }}
        className="control ps-7 pe-7 [&::-webkit-search-cancel-button]:hidden"
      />
      {typed && (
        <button
          type="button"
          aria-label={t("records.clearSearch")}
          onClick={() => {
            setTyped("");
            box.current?.focus();
          }}
          className="absolute inset-y-0 end-0 flex w-7 items-center justify-center text-faint hover:text-text"
        >
          <X size={13} aria-hidden />
        </button>
      )}
    </div>
  );
}
