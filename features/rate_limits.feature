Feature: Rate limits
  Nobody can take the service away from the others by asking too often.

  Scenario: A stranger is slowed down and told for how long
    Given strangers may ask 5 times in 10 minutes
    And the brand "Acme" with Ada as its administrator
    When a stranger asks 6 times
    Then the answer's status is 429
    And the answer has the header "Retry-After"
    And the answer's "code" is "too_many_requests"

  Scenario: Whoever is signed in is not held back by strangers
    Given strangers may ask 5 times in 10 minutes
    And the brand "Acme" with Ada as its administrator
    And Ada signs in
    When a stranger asks 6 times
    And Ada lists the customers
    Then it is done

  Scenario: Every answer tells what is left
    Given users may ask 50 times in 1 minute
    And the brand "Acme" with Ada as its administrator
    When Ada lists the customers
    Then the answer has the header "RateLimit-Policy"
    And the answer's header "RateLimit" counts down from 50

  Scenario: Passwords cannot be tried without end
    Given an account may be tried 4 times in 10 minutes
    And the brand "Acme" with Ada as its administrator
    When someone tries 5 wrong passwords for Ada
    Then the answer's status is 429
    And Ada cannot sign in
    And the answer's status is 429
