Feature: Roles and their reach
  A role decides what someone may do, and whether with everything or with their own.

  Background:
    Given the brand "Acme" with Ada as its administrator

  Scenario: A sales representative sees only their own customers
    Given Rae, a sales representative
    And Ron, a sales representative
    And Rae's customer "Lena Fischer"
    And Ron's customer "Tom Byrne"
    When Rae lists the customers
    Then the list is "Lena Fischer"
    When Rae opens "Tom Byrne"
    Then it is not found

  Scenario: Their manager sees all
    Given Rae, a sales representative
    And Sue, a sales manager
    And Rae's customer "Lena Fischer"
    When Sue opens "Lena Fischer"
    Then the answer's "owner.name" is "Rae"

  Scenario: A colleague's customer cannot be changed
    Given Rae, a sales representative
    And Ron, a sales representative
    And Ron's customer "Tom Byrne"
    When Rae changes "company" of "Tom Byrne" to "Byrne & Co"
    Then it is not found
    And for Ada the "company" of "Tom Byrne" is ""

  Scenario: An agent does not delete customers, a manager does
    Given Mia, an agent
    And Max, a manager
    And Ada's customer "Lena Fischer"
    When Mia deletes "Lena Fischer"
    Then a permission is missing
    When Max deletes "Lena Fischer"
    Then it is done
    When Ada opens "Lena Fischer"
    Then it is not found

  Scenario: A manager does not touch users, roles or settings
    Given Max, a manager
    When Max makes Max an administrator
    Then a permission is missing
    When Max creates the role "Kings" with "roles:write"
    Then a permission is missing

  Scenario: Nobody gives away more than they hold
    Given Ada has created the role "Desk lead" with "users:read, users:write, roles:write, customers:read_all"
    And Lee, a "Desk lead"
    When Lee creates the role "Helper" with "customers:read_own"
    Then it is done
    When Lee creates the role "Eraser" with "orders:delete"
    Then a permission is missing
    When Lee makes Lee an administrator
    Then a permission is missing

  Scenario: What is taken from a role is gone at once
    Given Ada has created the role "Clerk" with "customers:create, customers:read_all"
    And Cy, a "Clerk"
    And Cy's customer "Lena Fischer"
    When Ada takes "customers:create" from the role "Clerk"
    And Cy creates the customer "Tom Byrne"
    Then a permission is missing

  Scenario: Who is refused something is in the audit log, once, however often they try
    Given Mia, an agent
    And Ada's customer "Lena Fischer"
    When Mia deletes "Lena Fischer"
    And Mia deletes "Lena Fischer"
    Then a permission is missing
    And the audit log has "access.denied" by Mia, who lacks "customers:delete" for "DELETE /customers/{id}", once

  Scenario: Another brand does not exist
    Given another brand "Globex" with Gus as its administrator
    And Ada's customer "Lena Fischer"
    When Gus opens "Lena Fischer"
    And Gus opens a customer that never was
    Then the last two answers are the same refusal with status 404
    When Gus deletes "Lena Fischer"
    Then it is not found
    And for Ada the "lastName" of "Lena Fischer" is "Fischer"
