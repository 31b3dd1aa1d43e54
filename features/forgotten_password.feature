Feature: Forgotten password
  A link by e-mail lets its owner choose a new password: once, and for ten minutes.

  Background:
    Given the brand "Acme" with Ada as its administrator
    And Mia, an agent

  Scenario: The link lets Mia choose a new password
    When Mia forgets her password
    Then mail to Mia waits in the outbox
    And the mail says "10 minutes"
    When Mia follows the link and chooses "Brand-new-7"
    Then Mia can sign in with "Brand-new-7"
    And Mia cannot sign in with her old password

  Scenario: A reset signs out every device
    Given Mia forgets her password
    When Mia follows the link and chooses "Brand-new-7"
    Then Mia is no longer signed in

  Scenario: The link works once
    Given Mia forgets her password
    And Mia follows the link and chooses "Brand-new-7"
    When Mia follows the link again and chooses "Second-try-8"
    Then the answer's status is one of "401, 404, 410, 422"
    And Mia can sign in with "Brand-new-7"

  Scenario: A newer link replaces the older one
    Given Mia forgets her password
    And Mia keeps the link
    And Mia forgets her password
    When Mia follows the kept link and chooses "Brand-new-7"
    Then the answer's status is one of "401, 404, 410, 422"
    And Mia cannot sign in with "Brand-new-7"

  Scenario: Nobody learns which addresses are known
    When someone forgets the password of "mia@acme.example"
    And someone forgets the password of "nobody@acme.example"
    Then the last two answers are the same
    And no mail to "nobody@acme.example" waits in the outbox

  Scenario: A weak new password is explained and the link stays good
    Given Mia forgets her password
    When Mia follows the link and chooses "weak"
    Then the answer is invalid at "body.password"
    When Mia follows the link and chooses "Brand-new-7"
    Then Mia can sign in with "Brand-new-7"
