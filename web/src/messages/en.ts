import { account } from "./en/account";
import { auth } from "./en/auth";
import { commerce } from "./en/commerce";
import { customers } from "./en/customers";
import { dashboard } from "./en/dashboard";
import { inbox } from "./en/inbox";
import { journey } from "./en/journey";
import { records } from "./en/records";
import { settings } from "./en/settings";
import { shell } from "./en/shell";
import { ui } from "./en/ui";

/** Every English message. One file per area; keys start with the area's name. */
export const en = {
  ...ui,
  ...shell,
  ...auth,
  ...account,
  ...inbox,
  ...records,
  ...journey,
  ...customers,
  ...commerce,
  ...dashboard,
  ...settings,
} as const;
