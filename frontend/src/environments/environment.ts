/** What is around the dashboard. Its server is the one that the page came from: the cookies of a sign-in go to no other. */
export const environment = {
  /** Where the server describes its API to people. */
  apiDescription: '/openapi',
};
