export const inbox = {
  "inbox.title": "Inbox",
  "inbox.empty": "No ticket is waiting",
  "inbox.emptyHint":
    "When a customer writes, their ticket appears here with everything known about them.",
  "inbox.steps": "First steps",
  "inbox.step.workspace": "Name your brand",
  "inbox.step.mail": "Connect a mail server",
  "inbox.step.mailHint": "Until then, mail is kept in the outbox and not sent.",
  "inbox.step.invite": "Bring in your colleagues",
  "inbox.step.inviteHint": "They sign up, you approve.",
  "inbox.step.keys": "Try the command palette",
  "inbox.step.keysHint": "Press Ctrl-K, or Cmd-K on a Mac.",
} as const;
