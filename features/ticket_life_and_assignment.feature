Feature: The life of a ticket
  Each matter has one ticket, one number and somebody who looks after it.

  Background:
    Given the brand "Acme" with Ada as its administrator
    And Ada takes no tickets
    And Ada's customer "Lena Fischer"

  Scenario: A new ticket goes to whoever has the fewest open
    Given Mia, an agent
    And Sam, an agent
    And a ticket "One"
    And a ticket "Two"
    Then "One" and "Two" are with different agents
    When the agent of "One" resolves it
    And a ticket "Three"
    Then "Three" is with the same agent as "One" was

  Scenario: Nobody is available
    When Ada creates the ticket "Where is my parcel?" for "Lena Fischer"
    Then the ticket has nobody
    And the answer's "notice" is not empty
    And Ada finds "Where is my parcel?" in the view "unassigned"

  Scenario: What waited goes to the first who comes back
    Given Mia, an agent
    And Mia takes no tickets
    And a ticket "Old"
    And a ticket "New"
    When Mia takes tickets again
    Then before long "Old" is with Mia
    And before long "New" is with Mia

  Scenario: Assignee and status do not change together
    Given Mia, an agent
    And a ticket "One"
    When Ada gives "One" to Ada and closes it in one request
    Then the answer's status is 422
    And "One" is open and with Mia

  Scenario: Only administrators and managers reassign
    Given Mia, an agent
    And a ticket "One"
    And Sam, an agent
    And Max, a manager
    When Mia gives "One" to Sam
    Then a permission is missing
    When Max gives "One" to Sam
    Then "One" is with Sam

  Scenario: An agent sees their own tickets and not a colleague's
    Given Mia, an agent
    And a ticket "One"
    And Sam, an agent
    When Sam opens the ticket "One"
    Then it is not found
    When Mia opens the ticket "One"
    Then the answer's "title" is "One"

  Scenario: From open to closed and back
    Given Mia, an agent
    And a ticket "One"
    When Mia answers "One" with "On its way."
    And Mia moves "One" to "resolved"
    Then "One" is resolved and with Mia
    When the customer writes "It never came." in "One"
    Then "One" is open and with Mia

  Scenario: Tickets are worked in the order of a field of the brand's own
    Given Mia, an agent
    And Ada has defined the ticket field "voucher" as a number that can be filtered
    And a ticket "Late parcel" with the field "voucher" 5
    And a ticket "Broken mug" with the field "voucher" 20
    And a ticket "A question"
    Then before long Mia finds the tickets with "sort=-field.voucher&field.voucher[gte]=1" in the order "Broken mug, Late parcel"
    And before long Mia finds the tickets with "sort=field.voucher" in the order "Late parcel, Broken mug, A question"

  Scenario: Who may not see a ticket does not learn what happened to it
    Given Mia, an agent
    And a ticket "One"
    And Sam, an agent
    When Sam reads what happened to "One"
    Then it is not found

  Scenario: Numbers increase and are never used twice
    When 10 tickets are created at the same time
    Then their numbers are all different
    And the next ticket has a greater number than all of them

  Scenario: A mention brings a colleague in
    Given Mia, an agent
    And a ticket "One"
    And Sam, an agent
    When Mia notes "Can you look?" in "One" mentioning Sam
    And Sam opens the ticket "One"
    Then the answer's "title" is "One"

  Scenario: A message can be taken back for a moment
    Given Mia, an agent
    And a ticket "One"
    When Mia answers "One" with "Oops" to be held for 30 seconds
    And Mia takes the message back
    Then it is done
    And the thread of "One" does not hold "Oops"

  Scenario: An attachment is what it says it is
    Given Mia, an agent
    And a ticket "One"
    When Mia attaches "photo.png" of type "image/png" that is a picture to "One"
    Then it is done
    When Mia attaches "photo.png" of type "image/png" that is a web page to "One"
    Then it is refused

  Scenario: Nothing dangerous survives in a message
    Given Mia, an agent
    And a ticket "One"
    When Mia answers "One" with the HTML "<p>Hello <b>Lena</b></p><script>alert(1)</script><img src=x onerror=alert(1)>"
    Then the thread of "One" holds "Hello"
    And the last answer does not hold "<script"
    And the last answer does not hold "onerror"
