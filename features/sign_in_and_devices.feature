Feature: Sign-in and devices
  People work on many devices and can end each one of them.

  Background:
    Given the brand "Acme" with Ada as its administrator
    And Mia, an agent

  Scenario: Signing in tells who one is and what one may do
    When Mia signs in
    Then the answer's "user.name" is "Mia"
    And the answer's "user.role.key" is "agent"
    And the answer's "user.permissions" contains "tickets:create"
    And the answer's "workspace.slug" is "acme"

  Scenario: A wrong password and an unknown address look the same
    When someone signs in as "mia@acme.example" with the password "Wrong-pass-1"
    And someone signs in as "nobody@acme.example" with the password "Wrong-pass-1"
    Then the last two answers are the same refusal with status 401

  Scenario Outline: A token is taken wherever programs put it
    When Mia shows her token as <place>
    Then the answer's "user.name" is "Mia"

    Examples:
      | place               |
      | a bearer            |
      | a cookie            |
      | an x-access-token   |

  Scenario: Ending one device leaves the others
    Given Mia is also signed in on a phone
    When Mia ends the session of the phone
    Then the phone is signed out
    And Mia is still signed in

  Scenario: Ending all devices
    Given Mia is also signed in on a phone
    When Mia signs out everywhere
    Then the phone is signed out
    And Mia is no longer signed in

  Scenario: A changed password asks for the old one
    When Mia changes her password to "Better-word-9" giving "Wrong-pass-1" as the old one
    Then the answer is invalid at "body.currentPassword"
    And Mia can sign in

  Scenario: A changed password ends the other devices
    Given Mia is also signed in on a phone
    When Mia changes her password to "Better-word-9"
    Then the phone is signed out
    And Mia is still signed in

  Scenario: A stolen refresh token ends the session
    Given Mia's refresh token is copied by a thief
    And Mia renews her token twice
    When the thief renews with the copy
    Then the answer's status is 401
    And Mia is no longer signed in
