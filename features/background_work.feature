Feature: Background work
  What the product does beside people's work is seen, and what failed is mended.

  Background:
    Given the brand "Acme" with Ada as its administrator

  Scenario: What failed for good is seen with its reason and retried
    Given Ada has uploaded a picture while nothing was at work
    And the files have been lost
    When the work goes on
    Then "media.thumbnail" becomes "dead" and says why
    When the files are back
    And Ada retries that work
    Then it is done
    And the answer's "state" is "queued"
    And "media.thumbnail" becomes "done"
    And the audit log has "job.retried" by Ada

  Scenario: What waits for a mail server can be cancelled, once
    Given a mail server that does not answer
    And Mia, an agent
    When Mia forgets her password
    Then "outbox.send" becomes "queued" and says why
    When Ada cancels that work
    Then it is done
    And the answer's "state" is "cancelled"
    When Ada cancels that work
    Then the state does not allow it
    When Ada retries that work
    Then the state does not allow it
    And the audit log has "job.cancelled" by Ada

  Scenario: People see the work that they started, and only those who look after it see the rest
    Given Mia, an agent
    And Sam, an agent
    And Max, a manager
    And Mia has uploaded a picture while nothing was at work
    When the work goes on
    Then "media.thumbnail" becomes "done"
    When Mia looks at that work
    Then the answer's "createdBy.name" is "Mia"
    When Sam looks at that work
    Then it is not found
    When Mia lists the work
    Then a permission is missing
    When Mia cancels that work
    Then a permission is missing
    When Max lists the work
    Then it is done

  Scenario: The outbox says whether mail can go out
    When Ada looks at the outbox
    Then the answer's "configured" is "false"

  Scenario: The outbox knows its mail server, also while that does not answer
    Given a mail server that does not answer
    When Ada looks at the outbox
    Then the answer's "configured" is "true"
