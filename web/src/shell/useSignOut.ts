import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, unwrap } from "@/api/client";
import { t } from "@/messages";
import { toast } from "@/ui/toast";

/** Ends this device's session and shows the sign-in page. */
export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    try {
      await unwrap(api.POST("/auth/logout"));
    } catch (error) {
      // Staying signed in on a shared machine is worse than an error message.
      toast.failed(t("shell.signOut"), error);
      return;
    }
    await navigate({ to: "/sign-in", search: {} });
    queries.clear();
  };
}
