import type { MessageKey } from "@/messages";

export type SectionPath =
  | "/settings/workspace"
  | "/settings/users"
  | "/settings/approvals"
  | "/settings/roles"
  | "/settings/teams"
  | "/settings/fields"
  | "/settings/tags"
  | "/settings/escalation"
  | "/settings/mail"
  | "/settings/jobs"
  | "/settings/audit";

/** A page of the settings. */
export interface SettingsSection {
  id: string;
  to: SectionPath;
  label: Extract<MessageKey, `settings.${string}.title`>;
  /** Any of these shows the page in the menu; empty: everyone. */
  permissions: readonly string[];
  /** More words to find it by in the palette. */
  keywords: string;
}

export interface SectionGroup {
  label: Extract<MessageKey, `settings.group.${string}`>;
  sections: readonly SettingsSection[];
}

export const sectionGroups: readonly SectionGroup[] = [
  {
    label: "settings.group.workspace",
    sections: [
      {
        id: "workspace",
        to: "/settings/workspace",
        label: "settings.workspace.title",
        permissions: [],
        keywords: "brand name currency time zone language password policy sign-up security",
      },
      {
        id: "escalation",
        to: "/settings/escalation",
        label: "settings.escalation.title",
        permissions: [],
        keywords: "contacts phone emergency",
      },
    ],
  },
  {
    label: "settings.group.people",
    sections: [
      {
        id: "users",
        to: "/settings/users",
        label: "settings.users.title",
        permissions: ["users:read"],
        keywords: "staff colleagues agents accounts",
      },
      {
        id: "approvals",
        to: "/settings/approvals",
        label: "settings.approvals.title",
        permissions: ["users:write"],
        keywords: "pending approve reject sign-up",
      },
      {
        id: "roles",
        to: "/settings/roles",
        label: "settings.roles.title",
        permissions: ["users:read", "roles:write"],
        keywords: "permissions matrix rights",
      },
      {
        id: "teams",
        to: "/settings/teams",
        label: "settings.teams.title",
        permissions: ["teams:write", "users:read"],
        keywords: "groups queues members",
      },
    ],
  },
  {
    label: "settings.group.data",
    sections: [
      {
        id: "fields",
        to: "/settings/fields",
        label: "settings.fields.title",
        permissions: ["fields:write"],
        keywords: "custom attributes columns",
      },
      {
        id: "tags",
        to: "/settings/tags",
        label: "settings.tags.title",
        permissions: ["tags:write"],
        keywords: "labels colours",
      },
    ],
  },
  {
    label: "settings.group.record",
    sections: [
      {
        id: "mail",
        to: "/settings/mail",
        label: "settings.mail.title",
        permissions: ["outbox:read"],
        keywords: "e-mail outbox smtp sent",
      },
      {
        id: "jobs",
        to: "/settings/jobs",
        label: "settings.jobs.title",
        permissions: ["jobs:read"],
        keywords: "queue failed retry cancel progress dead letters",
      },
      {
        id: "audit",
        to: "/settings/audit",
        label: "settings.audit.title",
        permissions: ["audit:read"],
        keywords: "log history who did what security",
      },
    ],
  },
];
