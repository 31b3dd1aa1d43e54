import type { ReactNode } from "react";
import { t } from "@/messages";
import { Select } from "@/ui/Field";
import type { Role } from "./types";

/** Chooses a role for somebody. Those that allow more than one's own are shown but not open. */
export function RoleSelect({
  choices,
  ...rest
}: {
  choices: readonly { role: Role; mayGive: boolean }[];
  value?: string;
  disabled?: boolean;
  className?: string;
  "aria-label"?: string;
  onChange?: (event: { target: { value: string } }) => void;
}): ReactNode {
  return (
    <Select {...rest}>
      {choices.map(({ role, mayGive }) => (
        <option key={role.id} value={role.id} disabled={!mayGive}>
          {mayGive ? role.name : t("settings.roles.tooHigh", { name: role.name })}
        </option>
      ))}
    </Select>
  );
}
