Feature: Background work
  What the product does beside people's work is seen, and mended when it fails.

  Background:
    Given the brand "Acme" with Ada as its administrator
    And Mia, an agent

  Scenario: An administrator sees that the work was done
    When Mia forgets her password
    Then Ada sees "auth.forgot_password" done in the background

  Scenario: What is done cannot be cancelled or tried again
    Given Mia forgets her password
    And Ada sees "auth.forgot_password" done in the background
    When Ada cancels "auth.forgot_password"
    Then the state does not allow it
    When Ada retries "auth.forgot_password"
    Then the state does not allow it

  Scenario: An agent does not see it, and that she asked is on record
    When Mia looks at the background work
    Then a permission is missing
    And the audit log tells Ada that Mia lacked "jobs:read" for "GET /jobs"
