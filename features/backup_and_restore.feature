Feature: Backup and restore
  What a brand knows survives the machine it was kept on.

  Background:
    Given the brand "Acme" with Ada as its administrator
    And Ada's customer "Lena Fischer"
    And an order "WEB-10427" of "Lena Fischer"

  Scenario: What was backed up while serving is there again on a new machine
    When a backup is made
    And an order "WEB-10428" of "Lena Fischer"
    And the backup is restored on a new machine
    And Ada signs in
    And Ada searches for "Fisher"
    Then "Lena Fischer" is among the results
    When Ada opens the order "WEB-10427"
    Then it is done
    When Ada opens the order "WEB-10428"
    Then it is not found

  Scenario: A restore does not overwrite what is there
    When a backup is made
    Then it cannot be restored over the brand
    When Ada opens the order "WEB-10427"
    Then it is done
