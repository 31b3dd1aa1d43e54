import type { LucideIcon } from "lucide-react";
import AtSign from "lucide-react/icons/at-sign";
import Circle from "lucide-react/icons/circle-dot";
import MessageCirclePlus from "lucide-react/icons/message-circle-plus";
import Pencil from "lucide-react/icons/pencil";
import StickyNote from "lucide-react/icons/sticky-note";
import Tag from "lucide-react/icons/tag";
import UserCheck from "lucide-react/icons/user-check";
import UserRoundX from "lucide-react/icons/user-round-x";
import { formatLocale } from "@/lib/locale";
import { t } from "@/messages";
import type { FieldDefinition } from "@/records/types";
import { channelName, priorityName } from "@/ui/marks";
import { statusName } from "./names";
import type { TicketEvent } from "./types";

type Definitions = readonly Pick<FieldDefinition, "key" | "label">[];

function textOf(event: TicketEvent, name: string): string {
  const value = event.data[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function listOf(event: TicketEvent, name: string): string[] {
  const value = event.data[name];
  return Array.isArray(value) ? value.filter((v): v is string => typeof v === "string") : [];
}

function joined(words: readonly string[]): string {
  return new Intl.ListFormat(formatLocale(), { type: "conjunction" }).format(words);
}

/** Who did it. Who is no longer there is somebody. */
export function whoDid({ actor }: TicketEvent): string {
  if (actor.name) return actor.name;
  if (actor.kind === "customer") return t("inbox.customer");
  if (actor.kind === "system") return t("inbox.system");
  return actor.kind === "import" ? t("journey.byImport") : t("inbox.someone");
}

function nameOf(event: TicketEvent, id: string): string {
  return event.names[id] || t("inbox.someone");
}

/** The names of who made a run of changes, each once; what ran by itself is nobody's. */
export function whoAll(events: readonly TicketEvent[]): string[] {
  const people = events.filter((e) => e.actor.kind === "user" || e.actor.kind === "customer");
  return [...new Set(people.map(whoDid))];
}

/** One thing that happened, as a line of the thread. */
export function tell(
  event: TicketEvent,
  definitions: Definitions,
): { icon: LucideIcon; text: string } {
  const who = whoDid(event);
  switch (event.kind) {
    case "ticket.created": {
      const channel = channelName(textOf(event, "channel"));
      return { icon: MessageCirclePlus, text: t("inbox.event.created", { who, channel }) };
    }
    case "ticket.assigned":
      return { icon: UserCheck, text: tellAssigned(event, who) };
    case "ticket.unassigned":
      return { icon: UserRoundX, text: t("inbox.event.nobody") };
    case "ticket.status_changed": {
      const from = statusName(textOf(event, "from"));
      const to = statusName(textOf(event, "to"));
      return { icon: Circle, text: t("inbox.event.status", { who, from, to }) };
    }
    case "ticket.updated": {
      const what = joined(
        listOf(event, "changed").map((field) => tellField(event, field, definitions)),
      );
      return { icon: Pencil, text: t("inbox.event.changed", { who, what }) };
    }
    case "ticket.tagged":
      return { icon: Tag, text: tellTags(event, who) };
    case "ticket.message_changed":
      return {
        icon: StickyNote,
        text: t(
          event.data.removed === true ? "inbox.event.noteDeleted" : "inbox.event.noteEdited",
          {
            who,
          },
        ),
      };
    case "ticket.mentioned": {
      const to = joined(listOf(event, "userIds").map((id) => nameOf(event, id)));
      return { icon: AtSign, text: t("inbox.event.mentioned", { who, to }) };
    }
    default:
      return { icon: Circle, text: `${who}: ${event.kind}` };
  }
}

function tellAssigned(event: TicketEvent, who: string): string {
  const toId = textOf(event, "toId");
  const fromId = textOf(event, "fromId");
  const to = nameOf(event, toId);
  const from = nameOf(event, fromId);
  if (!toId) return t("inbox.event.unassigned", { who, from });
  if (event.data.automatic === true) return t("inbox.event.automatic", { to });
  if (toId === event.actor.id) return t("inbox.event.took", { who });
  return fromId
    ? t("inbox.event.moved", { who, from, to })
    : t("inbox.event.assigned", { who, to });
}

function tellTags(event: TicketEvent, who: string): string {
  const [plus, minus] = [listOf(event, "added"), listOf(event, "removed")];
  const [added, removed] = [joined(plus), joined(minus)];
  if (minus.length === 0) return t("inbox.event.tagged", { who, added, count: plus.length });
  if (plus.length === 0) return t("inbox.event.untagged", { who, removed, count: minus.length });
  return t("inbox.event.retagged", { who, added, removed });
}

const labels = {
  title: "inbox.ticketTitle",
  priority: "inbox.priority",
  type: "inbox.type",
  category: "inbox.category",
  channel: "inbox.channel",
  customerId: "inbox.customer",
  teamId: "inbox.team",
} as const;

/** A changed field, with what it was and is where the event says so. */
function tellField(event: TicketEvent, name: string, definitions: Definitions): string {
  const key = name.replace(/^fields\./, "");
  if (key !== name) return definitions.find((d) => d.key === key)?.label ?? key;
  const known = labels[name as keyof typeof labels];
  const field = known ? t(known) : name;
  if (name === "title") return t("inbox.event.to", { field, to: `“${textOf(event, "title")}”` });
  const changes = event.data.changes as Record<string, { from: unknown; to: unknown }> | undefined;
  const change = changes?.[name];
  if (!change) return field;
  const word = (value: unknown): string => {
    if (value === "" || value === null || value === undefined) return t("inbox.event.none");
    if (name === "priority") return priorityName(Number(value));
    if (name === "channel") return channelName(String(value));
    return name.endsWith("Id") ? nameOf(event, String(value)) : String(value);
  };
  return t("inbox.event.fromTo", { field, from: word(change.from), to: word(change.to) });
}
