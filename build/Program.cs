using Build;
using Cake.Frosting;
using Microsoft.Extensions.DependencyInjection;
using SafeTune.Reproduction.Running;

if (args is [CellWorker.Argument])
{
    return CellWorker.Serve(Console.In, Console.Out);
}

var outcome = new Outcome();
var exitCode = new CakeHost()
    .ConfigureServices(services => services.AddSingleton(outcome))
    .UseContext<BuildContext>()
    .Run(args);
if (outcome.ClosingLine is not null)
{
    Console.WriteLine(outcome.ClosingLine);
}

return outcome.ExitCode ?? ExitCode.OfHost(exitCode);
