import type { LucideIcon } from "lucide-react";
import AtSign from "lucide-react/icons/at-sign";
import Banknote from "lucide-react/icons/banknote";
import Check from "lucide-react/icons/check";
import Circle from "lucide-react/icons/circle-dot";
import CreditCard from "lucide-react/icons/credit-card";
import MessageCircle from "lucide-react/icons/message-circle";
import MessageCirclePlus from "lucide-react/icons/message-circle-plus";
import Pencil from "lucide-react/icons/pencil";
import Reply from "lucide-react/icons/reply";
import Scale from "lucide-react/icons/scale";
import ShoppingBag from "lucide-react/icons/shopping-bag";
import StickyNote from "lucide-react/icons/sticky-note";
import Tag from "lucide-react/icons/tag";
import Trash from "lucide-react/icons/trash-2";
import Undo from "lucide-react/icons/undo-2";
import UserCheck from "lucide-react/icons/user-check";
import UserPlus from "lucide-react/icons/user-plus";
import Users from "lucide-react/icons/users";
import { type MessageKey, t } from "@/messages";
import type { Tone } from "@/ui/Badge";
import { customerFieldLabel } from "./fields";
import { namesOf, textOf } from "./journey";
import type { JourneyEvent } from "./types";

export interface Description {
  icon: LucideIcon;
  tone: Tone;
  title: string;
  /** A few words more: a message's beginning, what changed. People's own words. */
  detail?: string;
  /** Where the thing itself is shown. */
  to?: string;
}

const orderKinds: Record<string, [LucideIcon, MessageKey, Tone]> = {
  sale: [ShoppingBag, "journey.sale", "accent"],
  return: [Undo, "journey.return", "warning"],
  adjustment: [Scale, "journey.adjustment", "neutral"],
};

function ticket(event: JourneyEvent): { number: string; to: string } {
  const id = textOf(event, "ticketId") || event.object.id || "";
  return { number: textOf(event, "number"), to: `/inbox/${id}` };
}

function order(event: JourneyEvent): { number: string; to?: string } {
  const id = textOf(event, "order") || textOf(event, "orderId");
  return { number: textOf(event, "number"), ...(id ? { to: `/orders/${id}` } : {}) };
}

function describeOrder(event: JourneyEvent): Description | null {
  const { number, to } = order(event);
  const link = to ? { to } : {};
  switch (event.kind) {
    case "order.placed": {
      const [icon, key, tone] = orderKinds[textOf(event, "kind")] ?? [
        ShoppingBag,
        "journey.sale" as const,
        "accent" as const,
      ];
      const lines = Number(textOf(event, "lines"));
      return {
        icon,
        tone,
        title: t(key as "journey.sale", { number }),
        ...(lines > 0 ? { detail: t("journey.lines", { count: lines }) } : {}),
        ...link,
      };
    }
    case "order.status_changed":
      return {
        icon: Check,
        tone: "neutral",
        title: t("journey.orderStatus", { number, status: statusWord(textOf(event, "to")) }),
        ...link,
      };
    case "order.updated":
      return {
        icon: Pencil,
        tone: "neutral",
        title: t("journey.orderChanged", { number }),
        ...link,
      };
    case "order.deleted":
      return { icon: Trash, tone: "neutral", title: t("journey.orderDeleted", { number }) };
    case "order.note_added":
      return {
        icon: StickyNote,
        tone: "warning",
        title: t("journey.orderNote", { number }),
        ...noteBody(event),
        ...link,
      };
    case "transaction.recorded": {
      const isRefund = textOf(event, "kind") === "refund";
      return {
        icon: isRefund ? Banknote : CreditCard,
        tone: isRefund ? "warning" : "success",
        title: isRefund ? t("journey.refund") : t("journey.payment"),
        ...(number ? { detail: t("journey.ofOrder", { number }) } : {}),
        ...link,
      };
    }
    default:
      return null;
  }
}

function describeTicket(event: JourneyEvent): Description | null {
  const { number, to } = ticket(event);
  const preview = textOf(event, "preview");
  const detail = preview ? { detail: preview } : {};
  switch (event.kind) {
    case "ticket.created": {
      const title = textOf(event, "title");
      return {
        icon: MessageCirclePlus,
        tone: "info",
        title: t("journey.ticketCreated", { number }),
        ...(title ? { detail: title } : {}),
        to,
      };
    }
    case "ticket.message_added": {
      if (event.data.internal === true) {
        return {
          icon: StickyNote,
          tone: "warning",
          title: t("journey.ticketNote", { number }),
          ...detail,
          to,
        };
      }
      return textOf(event, "authorKind") === "customer"
        ? {
            icon: MessageCircle,
            tone: "info",
            title: t("journey.customerWrote", { number }),
            ...detail,
            to,
          }
        : {
            icon: Reply,
            tone: "accent",
            title: t("journey.staffWrote", { number }),
            ...detail,
            to,
          };
    }
    case "ticket.status_changed":
      return {
        icon: Check,
        tone: "neutral",
        title: t("journey.ticketStatus", { number, status: statusWord(textOf(event, "to")) }),
        to,
      };
    case "ticket.assigned":
      return {
        icon: UserCheck,
        tone: "neutral",
        title: t("journey.ticketAssigned", { number }),
        to,
      };
    case "ticket.tagged":
      return {
        icon: Tag,
        tone: "neutral",
        title: t("journey.ticketTagged", { number }),
        ...tagsOf(event),
        to,
      };
    case "ticket.updated":
      return { icon: Pencil, tone: "neutral", title: t("journey.ticketChanged", { number }), to };
    default:
      return null;
  }
}

function describeCustomer(event: JourneyEvent): Description | null {
  switch (event.kind) {
    case "customer.created": {
      const source = textOf(event, "source");
      return {
        icon: UserPlus,
        tone: "success",
        title: t("journey.customerCreated"),
        ...(source ? { detail: t("journey.through", { source }) } : {}),
      };
    }
    case "customer.updated":
      return {
        icon: Pencil,
        tone: "neutral",
        title: t("journey.customerChanged"),
        detail: namesOf(event, "fields").map(customerFieldLabel).join(", "),
      };
    case "customer.tagged":
      return { icon: Tag, tone: "neutral", title: t("journey.tagged"), ...tagsOf(event) };
    case "customer.grouped":
      return { icon: Users, tone: "neutral", title: t("journey.grouped"), ...tagsOf(event) };
    case "customer.identity_changed":
      return {
        icon: AtSign,
        tone: "neutral",
        title: t("journey.identity"),
        detail: `${identityName(textOf(event, "kind"))}: ${identityWord(textOf(event, "what"))}`,
      };
    case "customer.note_added":
      return { icon: StickyNote, tone: "warning", title: t("journey.note"), ...noteBody(event) };
    case "customer.note_changed":
      return { icon: StickyNote, tone: "neutral", title: t("journey.noteChanged") };
    case "customer.note_deleted":
      return { icon: Trash, tone: "neutral", title: t("journey.noteDeleted") };
    default:
      return null;
  }
}

/** An event in words. Kinds that this version does not know yet are told by their name. */
export function describe(event: JourneyEvent): Description {
  return (
    describeOrder(event) ??
    describeTicket(event) ??
    describeCustomer(event) ?? { icon: Circle, tone: "neutral", title: readable(event.kind) }
  );
}

function noteBody(event: JourneyEvent): { detail: string } {
  return { detail: event.note || t("journey.noteGone") };
}

function tagsOf(event: JourneyEvent): { detail?: string } {
  const added = namesOf(event, "added").map((name) => `+ ${name}`);
  const removed = namesOf(event, "removed").map((name) => `− ${name}`);
  return { detail: [...added, ...removed].join(", ") };
}

const identityNames: Record<string, MessageKey> = {
  email: "customers.email",
  phone: "customers.phone",
  social: "customers.social",
  external: "customers.external",
};

export function identityName(kind: string): string {
  const key = identityNames[kind];
  return key ? t(key as "customers.email") : kind;
}

function identityWord(what: string): string {
  if (what === "added") return t("journey.identityAdded");
  if (what === "removed") return t("journey.identityRemoved");
  return t("journey.identityPrimary");
}

function statusWord(status: string): string {
  return status.replace(/[_-]+/g, " ");
}

/** "campaign.sent" → "Campaign sent". */
function readable(kind: string): string {
  const words = kind.replace(/[._]+/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
