import type { MoneyValue } from "@/lib/format";

/** A person or thing as the API names it beside an id. */
export interface Named {
  id: string;
  name: string;
}

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

export interface Tag extends Named {
  colour: string;
}

export type FieldValues = Record<string, unknown>;

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
  /** A small picture is ready at /files/{id}/thumbnail. */
  thumbnail?: boolean | undefined;
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

/** A ticket that is open on the screen. */
export interface Ticket extends TicketRow {
  followers: Named[];
  following: boolean;
}

/** One ticket with its tag for If-Match. */
export interface Tagged<T> {
  value: T;
  etag: string;
}

export interface Draft {
  internal: boolean;
  html: string;
  updatedAt: string;
}

export interface User extends Named {
  email: string;
  available: boolean;
  status: string;
}

export interface FieldDefinition {
  id: string;
  key: string;
  label: string;
  type: "text" | "number" | "date" | "boolean" | "list";
  options: string[];
  required: boolean;
  position: number;
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

export interface CustomerNote {
  id: string;
  body: string;
  author: Named | null;
  createdAt: string;
  isSending?: boolean | undefined;
}
