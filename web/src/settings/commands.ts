import { useNavigate } from "@tanstack/react-router";
import { useCommands } from "@/commands/registry";
import { t } from "@/messages";
import { useMySections } from "./useMySections";

/** Puts the pages of the settings into the palette. */
export function useSettingsCommands(): void {
  const navigate = useNavigate();
  const sections = useMySections().flatMap((group) => group.sections);
  useCommands(
    sections.map((section) => ({
      id: `settings.${section.id}`,
      label: `${t("settings.title")}: ${t(section.label)}`,
      group: t("shell.group.go"),
      keywords: section.keywords.split(" "),
      run: () => void navigate({ to: section.to, search: {} }),
    })),
  );
}
