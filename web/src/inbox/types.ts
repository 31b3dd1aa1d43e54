import type { MoneyValue } from "@/lib/format";
import type { FieldValues, Named, TagRef } from "@/records/types";

export type { FieldValues, Named } from "@/records/types";

export type Status = "open" | "pending" | "blocked" | "resolved" | "closed";

export const statuses: readonly Status[] = ["open", "pending", "blocked", "resolved", "closed"];

/** Open tickets are somebody's work; the others are put away. */
export function isOpen(status: string): boolean {
  return status === "open" || status === "pending" || status === "blocked";
}

export const channels = [
  "portal",
  "email",
  "chat",
  "api",
  "phone",
  "social",
  "sms",
  "whatsapp",
] as const;

export type Tag = TagRef;

/** A ticket as the list shows it. */
export interface TicketRow {
  id: string;
  number: number;
  title: string;
  preview: string;
  status: Status;
  priority: number;
  type: string;
  category: string;
  channel: string;
  customerId: string | null;
  customer: Named | null;
  assigneeId: string | null;
  assignee: Named | null;
  teamId: string | null;
  team: Named | null;
  unread: boolean;
  messageCount: number;
  lastMessageAt: string;
  lastAuthorKind: string;
  waitingSince: string | null;
  tags: Tag[];
  fields: FieldValues;
  activityAt: string;
  createdAt: string;
  updatedAt: string;
}

export interface Attachment {
  id: string;
  name: string;
  contentType: string;
  size: number;
  width?: number | undefined;
  height?: number | undefined;
  url: string;
  /** Of pictures, once it is made. */
  thumbnailUrl?: string | undefined;
}

export interface Message {
  id: string;
  internal: boolean;
  author: { kind: "user" | "customer" | "system"; id: string | null; name: string };
  body: string;
  html: string;
  state: "sent" | "held";
  heldUntil: string | null;
  attachments: Attachment[];
  createdAt: string;
  updatedAt: string;
  /** Shown before the server has answered; never comes from it. */
  isSending?: boolean | undefined;
}

export interface MessagePage {
  data: Message[];
  page: { next: string; limit: number };
}

/** One thing that happened to a ticket; `data` is as the kind has it. */
export interface TicketEvent {
  id: string;
  kind: string;
  occurredAt: string;
  actor: { kind: "user" | "customer" | "system" | "import"; id: string | null; name: string };
  data: Record<string, unknown>;
  /** What users, teams and customers in `data` are called, by their ids. */
  names: Record<string, string>;
}

/** A ticket that is open on the screen. */
export interface Ticket extends TicketRow {
  createdBy: Named | null;
  followers: Named[];
  following: boolean;
  draft: Draft | null;
}

export interface Draft {
  internal: boolean;
  html: string;
  updatedAt: string;
}

/** A colleague, as everybody may know them. */
export interface User extends Named {
  role: string;
  /** Takes new tickets. */
  available: boolean;
}

export interface Customer {
  id: string;
  kind: "person" | "company";
  status: string;
  name: string;
  nameMadeUp: boolean;
  firstName: string;
  lastName: string;
  company: string;
  email: string;
  phone: string;
  level: string;
  owner: Named | null;
  groups: Named[];
  tags: Tag[];
  fields: FieldValues;
  createdAt: string;
  stats?: { orders: number; values: MoneyValue[] } | null | undefined;
}

export interface Order {
  id: string;
  number: string;
  kind: string;
  status: string;
  total: MoneyValue;
  lineCount: number;
  placedAt: string;
}
