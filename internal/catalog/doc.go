// Package catalog is the products: what is sold, for how much, how many are left, how well it is
// rated and tagged. Orders point at products and keep their own copy of title and price, so a product
// may change or go without changing history. Promotions and suppliers do not belong here.
package catalog
