// Package secret holds the installation's one key and what is made from it: keys per purpose, encryption of
// stored credentials, and random tokens with their hashes. Passwords of people belong to auth.
package secret
