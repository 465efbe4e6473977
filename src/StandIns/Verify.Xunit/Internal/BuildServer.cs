namespace VerifyTests.Internal;

/// <summary>Whether this runs on a build server.</summary>
internal static class BuildServer
{
    private static readonly string[] Signs =
        ["CI", "GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI", "JENKINS_URL", "TEAMCITY_VERSION", "TRAVIS", "APPVEYOR", "BUILDKITE", "GO_SERVER_URL"];

    public static bool IsHere => Signs.Any(sign => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(sign)));
}
