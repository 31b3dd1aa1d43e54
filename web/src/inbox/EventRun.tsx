import ChevronDown from "lucide-react/icons/chevron-down";
import { type ReactNode, useId, useState } from "react";
import { cx } from "@/lib/cx";
import { formatFull } from "@/lib/format";
import { formatLocale } from "@/lib/locale";
import { t } from "@/messages";
import { useFieldDefinitions } from "@/records/fields";
import { tell, whoAll } from "./happened";
import type { TicketEvent } from "./types";

/** So many neighbours still stand as lines of their own. */
const shown = 2;

/** What happened between two messages, a thin line each; more than two are folded into one. */
export function EventRun({ events }: { events: readonly TicketEvent[] }): ReactNode {
  const [open, setOpen] = useState(false);
  const id = useId();
  const isFolded = events.length > shown;
  return (
    <div className="px-4 py-1 text-sm text-muted">
      {isFolded && (
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          className="flex min-h-6 max-w-full items-center gap-2.5 rounded-sm pe-1 text-start hover:text-text"
        >
          <span className="flex w-7 shrink-0 justify-center">
            <ChevronDown
              size={13}
              aria-hidden
              className={cx("transition-transform", !open && "-rotate-90 rtl:rotate-90")}
            />
          </span>
          <span className="min-w-0 truncate">
            {[t("inbox.event.many", { count: events.length }), whoAll(events).join(", ")]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </button>
      )}
      <ul id={id} aria-label={t("inbox.event.happened")} hidden={isFolded && !open}>
        {events.map((event) => (
          <EventLine key={event.id} event={event} />
        ))}
      </ul>
    </div>
  );
}

function EventLine({ event }: { event: TicketEvent }): ReactNode {
  const { fields } = useFieldDefinitions("tickets");
  const { icon: Icon, text } = tell(event, fields);
  const at = new Date(event.occurredAt);
  return (
    <li className="flex min-h-6 items-baseline gap-2.5">
      <span className="flex w-7 shrink-0 translate-y-0.5 justify-center text-faint">
        <Icon size={13} aria-hidden />
      </span>
      <span dir="auto" className="min-w-0 flex-1 break-words">
        {text}
      </span>
      <time
        dateTime={event.occurredAt}
        title={formatFull(at)}
        className="tabular shrink-0 text-faint"
      >
        {new Intl.DateTimeFormat(formatLocale(), { timeStyle: "short" }).format(at)}
      </time>
    </li>
  );
}
