import type { LucideIcon } from "lucide-react";
import Archive from "lucide-react/icons/archive";
import AtSign from "lucide-react/icons/at-sign";
import Bell from "lucide-react/icons/bell";
import CircleUser from "lucide-react/icons/circle-user";
import Inbox from "lucide-react/icons/inbox";
import Layers from "lucide-react/icons/layers";
import UserRoundX from "lucide-react/icons/user-round-x";
import { recall, remember } from "@/lib/storage";
import type { MessageKey } from "@/messages";
import { isOpen, type TicketRow } from "./types";

export const viewIds = [
  "mine",
  "unassigned",
  "open",
  "mentions",
  "following",
  "closed",
  "all",
] as const;
export type ViewId = (typeof viewIds)[number];

/** A ready-made selection of tickets. */
export interface View {
  id: ViewId;
  label: Extract<MessageKey, `inbox.view.${string}`>;
  icon: LucideIcon;
}

export const views: readonly View[] = [
  { id: "mine", label: "inbox.view.mine", icon: CircleUser },
  { id: "unassigned", label: "inbox.view.unassigned", icon: UserRoundX },
  { id: "open", label: "inbox.view.open", icon: Inbox },
  { id: "mentions", label: "inbox.view.mentions", icon: AtSign },
  { id: "following", label: "inbox.view.following", icon: Bell },
  { id: "closed", label: "inbox.view.closed", icon: Archive },
  { id: "all", label: "inbox.view.all", icon: Layers },
];

export function isView(text: string | undefined): text is ViewId {
  return (viewIds as readonly string[]).includes(text ?? "");
}

export function viewOf(id: ViewId): View {
  return views.find((v) => v.id === id) ?? (views[2] as View);
}

/** The view that a person looked at last in this browser. */
export function lastView(): ViewId {
  const kept = recall("inbox.view") ?? undefined;
  return isView(kept) ? kept : "open";
}

export function keepView(id: ViewId): void {
  remember("inbox.view", id);
}

/** What the address says: /inbox/$view/$ticketId, or a ticket's id in the view's place. */
export function placeOf(params: { view?: string; ticketId?: string }): {
  view: ViewId;
  ticketId: string | undefined;
} {
  if (isView(params.view)) return { view: params.view, ticketId: params.ticketId };
  return { view: lastView(), ticketId: params.ticketId ?? params.view };
}

/**
 * Whether a ticket still belongs to a view after a change. Mentions and following
 * cannot be told from the ticket alone: there only closing removes it.
 */
export function belongs(view: string, ticket: TicketRow, me: string): boolean {
  switch (view) {
    case "all":
      return true;
    case "closed":
      return !isOpen(ticket.status);
    case "mine":
      return isOpen(ticket.status) && ticket.assigneeId === me;
    case "unassigned":
      return isOpen(ticket.status) && !ticket.assigneeId;
    default:
      return isOpen(ticket.status);
  }
}
