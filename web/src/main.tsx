import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueryClient } from "@/api/queries";
import { createAppRouter } from "@/app/router";
import { showLocale } from "@/lib/locale";
import { showTheme } from "@/lib/preferences";
import { messagesLocale } from "@/messages";
import { TooltipProvider } from "@/ui/Tooltip";
import { Toaster } from "@/ui/toast";
import "@/ui/base.css";

showTheme();
showLocale(messagesLocale);

const queries = createQueryClient();
const router = createAppRouter(queries);
const place = document.getElementById("root");

if (place) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <TooltipProvider>
          <RouterProvider router={router} />
        </TooltipProvider>
        <Toaster />
      </QueryClientProvider>
    </StrictMode>,
  );
}
