/** The workspace's settings, as GET /settings gives them. */
export interface WorkspaceSettings {
  slug: string;
  name: string;
  currency: string;
  timezone: string;
  locale: string;
  signUpOpen: boolean;
  passwordPolicy: PasswordPolicy;
  updatedAt: string;
}

export interface PasswordPolicy {
  minLength: number;
  upper: boolean;
  digit: boolean;
  special: boolean;
}

export type UserStatus = "pending" | "approved" | "rejected" | "deactivated";

export const userStatuses: readonly UserStatus[] = [
  "pending",
  "approved",
  "rejected",
  "deactivated",
];

export interface RoleRef {
  id: string;
  key: string;
  name: string;
}

export interface User {
  id: string;
  name: string;
  email: string;
  username: string;
  roleId: string;
  role: RoleRef;
  status: UserStatus;
  /** Takes new tickets. */
  available: boolean;
  teamIds: string[];
  lastSeenAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** What anybody signed in may know of a user. */
export interface Colleague {
  id: string;
  name: string;
  role: string;
  available: boolean;
  teamIds: string[];
}

export interface Role extends RoleRef {
  description: string;
  builtIn: boolean;
  /** Cannot be changed by anybody. */
  fixed: boolean;
  permissions: string[];
  createdAt: string;
  updatedAt: string;
}

export interface Permission {
  name: string;
  doc: string;
}

export interface Team {
  id: string;
  name: string;
  memberIds: string[];
  createdAt: string;
  updatedAt: string;
}

export type FieldObject = "customers" | "tickets" | "orders" | "products";

export const fieldObjects: readonly FieldObject[] = ["customers", "tickets", "orders", "products"];

export type FieldType = "text" | "number" | "date" | "boolean" | "list";

export const fieldTypes: readonly FieldType[] = ["text", "number", "date", "boolean", "list"];

export interface FieldRules {
  min?: number;
  max?: number;
  minDate?: string;
  maxDate?: string;
  pattern?: string;
  maxLength?: number;
}

export interface CustomField {
  id: string;
  object: FieldObject;
  key: string;
  label: string;
  type: FieldType;
  options: string[];
  rules: FieldRules;
  default: unknown;
  required: boolean;
  indexed: boolean;
  indexReady: boolean;
  position: number;
  createdAt: string;
  updatedAt: string;
}

export interface Tag {
  id: string;
  name: string;
  colour: string;
  builtIn: boolean;
  createdAt: string;
}

export interface Contact {
  id: string;
  name: string;
  duty: string;
  email: string;
  phone: string;
  note: string;
  position: number;
  createdAt: string;
  updatedAt: string;
}

export type MailState = "kept" | "queued" | "sent" | "failed";

export const mailStates: readonly MailState[] = ["kept", "queued", "sent", "failed"];

export interface Mail {
  id: string;
  recipient: string;
  subject: string;
  purpose: string;
  state: MailState;
  lastError: string;
  createdAt: string;
  sentAt: string | null;
}

/** A page of outgoing mail, as GET /mail-outbox gives it. */
export interface MailOutbox {
  data: Mail[];
  /** A mail server is set up. */
  configured: boolean;
}

export interface WholeMail extends Mail {
  text: string;
  html: string;
  /** The body holds a secret that this reader may not see. */
  hidden: boolean;
}

export interface AuditChange {
  old: unknown;
  new: unknown;
}

export interface AuditEntry {
  id: string;
  occurredAt: string;
  actor: { kind: "user" | "system" | "import" | "anonymous"; id: string | null; name: string };
  action: string;
  objectKind: string;
  objectId: string | null;
  objectName: string;
  address: string;
  requestId: string;
  changes: Record<string, AuditChange>;
}

export type JobState = "queued" | "running" | "done" | "dead" | "cancelled";

/** The states in the order of the page: what needs somebody first. */
export const jobStates: readonly JobState[] = ["dead", "queued", "running", "done", "cancelled"];

/** A piece of background work, as GET /jobs gives it. */
export interface Job {
  id: string;
  kind: string;
  state: JobState;
  attempts: number;
  maxAttempts: number;
  done: number;
  /** 0 when the job does not tell how much there is. */
  total: number;
  lastError: string;
  createdBy?: { id: string; name: string };
  runAt: string;
  createdAt: string;
  finishedAt: string | null;
}
