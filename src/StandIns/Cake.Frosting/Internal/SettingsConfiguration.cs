using Cake.Core;
using Cake.Core.Configuration;
using Cake.Core.IO;

namespace Cake.Frosting.Internal;

/// <summary>One setting that the build gave in code.</summary>
internal sealed record Setting(string Key, string Value);

/// <summary>Cake's configuration: settings from code, cake.config beside the build, the environment, the command line.</summary>
internal sealed class SettingsConfiguration(
    IEnumerable<Setting> settings, IFileSystem fileSystem, ICakeEnvironment environment, ICakeArguments arguments) : ICakeConfiguration
{
    private readonly ICakeConfiguration _configuration = new CakeConfigurationProvider(fileSystem, environment).CreateConfiguration(
        environment.WorkingDirectory,
        settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)),
        arguments.GetArguments().ToDictionary(argument => argument.Key, argument => argument.Value.FirstOrDefault() ?? string.Empty));

    public string GetValue(string key) => _configuration.GetValue(key);
}
