export const commerce = {
  "commerce.orders": "Orders",
  "commerce.products": "Products",
} as const;
